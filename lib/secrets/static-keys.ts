import { type VideoCallbackKind, VIDEO_CALLBACK_KINDS } from '../callbacks/callback-kind.js';
import { quoted } from '../verification/quoted-text.js';
import {
  importSignatureKeys,
  MAX_PROJECT_LENGTH,
  projectPath,
  secretText,
  type SignatureKey,
  type SignatureSecret,
  withKeyInFront,
} from '../verification/signature-key.js';
import {
  hasOuterSpace,
  InvalidSecretError,
  isInQuotes,
  isNamed,
  isShortSecret,
  MissingSecretError,
  secretList,
  secretsUnavailable,
  withoutQuotes,
} from './secret-rules.js';
import { ProjectKeys, type ProjectSecrets } from './signature-secret.provider.js';

type SecretsByKind = ReadonlyMap<VideoCallbackKind, readonly SignatureSecret[]>;
type KeysByKind = Map<VideoCallbackKind, readonly SignatureKey[]>;

/** The keys of the secrets that are written down in the `projects` option, imported at start-up. */
export class StaticKeys extends ProjectKeys {
  private constructor(
    private readonly projects: ReadonlyMap<string, KeysByKind>,
    private readonly names: SimilarNames,
    /** What works but looks like a mistake: the option's path and what is the matter, without the secret. */
    readonly doubts: readonly string[],
  ) {
    super();
  }

  /** @throws {InvalidSecretError} that names the entry and what is wrong with it, never the secret */
  static async of(projects: Readonly<Record<string, ProjectSecrets>>): Promise<StaticKeys> {
    // Only own keys: a token that names the project "__proto__" or "constructor" selects nothing.
    const secrets = new Map(Object.entries(projects).map(([id, ofProject]) => [id, secretsByKind(id, ofProject)]));
    if (secrets.size === 0) {
      throw new InvalidSecretError('projects is empty: name at least one project and its signature secrets.');
    }
    const names = new SimilarNames([...secrets.keys()]);
    const keys = await Promise.all(
      [...secrets].map(async ([projectId, byKind]) => [projectId, await keysByKind(byKind)] as const),
    );
    return new StaticKeys(new Map(keys), names, [...names.doubts(), ...doubtfulSecrets(secrets)]);
  }

  /** @throws {SecretsUnavailableError} if the project is known but not this kind of its callbacks */
  override keysFor(projectId: string, kind: VideoCallbackKind): readonly SignatureKey[] | undefined {
    const project = this.projects.get(projectId);
    const keys = project?.get(kind);
    if (project === undefined || keys !== undefined) return keys;
    throw secretsUnavailable(kind, new MissingSecretError({ projectId, kind }));
  }

  keysAtHand(projectId: string, kind: VideoCallbackKind): readonly SignatureKey[] | undefined {
    return this.projects.get(projectId)?.get(kind);
  }

  override knowsProject(projectId: string): Promise<boolean> {
    return Promise.resolve(this.projects.has(projectId));
  }

  matched(projectId: string, kind: VideoCallbackKind, key: SignatureKey): void {
    const project = this.projects.get(projectId);
    const keys = project?.get(kind);
    if (keys !== undefined) project?.set(kind, withKeyInFront(keys, key));
  }

  /** The configured project whose name differs from this one in white space, quotes or case only, if there is one. */
  projectLike(projectId: string): string | undefined {
    return this.names.like(projectId);
  }

  /** The projects that have no secret for a kind of callback. */
  projectsWithout(kind: VideoCallbackKind): readonly string[] {
    return [...this.projects].filter(([, keys]) => !keys.has(kind)).map(([projectId]) => projectId);
  }

  /** Whether any project has a secret for a kind of callback. */
  covers(kind: VideoCallbackKind): boolean {
    return [...this.projects.values()].some((keys) => keys.has(kind));
  }
}

async function keysByKind(secrets: SecretsByKind): Promise<KeysByKind> {
  const keys = [...secrets].map(async ([kind, list]) => [kind, await importSignatureKeys(list)] as const);
  return new Map(await Promise.all(keys));
}

function secretsByKind(projectId: string, secrets: ProjectSecrets): SecretsByKind {
  const owner = projectPath(projectId);
  if (['', 'undefined', 'null'].includes(projectId) || projectId.length > MAX_PROJECT_LENGTH) {
    throw new InvalidSecretError(
      `${owner}: no project can have this name; use its API key or the id of the application. ` +
        'Is the environment variable for it set?',
    );
  }
  if (typeof secrets === 'string' || Array.isArray(secrets) || isNamed(secrets)) {
    const list = secretList(secrets, owner);
    return new Map(VIDEO_CALLBACK_KINDS.map((kind) => [kind, list]));
  }
  if (typeof secrets !== 'object' || (secrets as unknown) === null) {
    const question = (secrets as unknown) === undefined ? 'is the environment variable for it set? Otherwise ' : '';
    throw new InvalidSecretError(
      `${owner} is ${(secrets as unknown) === null ? 'null' : typeof secrets}: ${question}name one secret, a list of ` +
        'them, or one entry per kind.',
    );
  }
  return new Map(
    Object.entries(secrets).map(([kind, ofKind]) => {
      if (!isKind(kind)) {
        throw new InvalidSecretError(
          `${owner}.${kind} is no kind of callback: use ${VIDEO_CALLBACK_KINDS.join(', ')}.`,
        );
      }
      return [kind, secretList(ofKind, `${owner}.${kind}`)];
    }),
  );
}

function isKind(text: string): text is VideoCallbackKind {
  return VIDEO_CALLBACK_KINDS.some((kind) => kind === text);
}

/** Where secrets stand that will work but look like a mistake, as option paths, each with what is the matter. */
function doubtfulSecrets(projects: ReadonlyMap<string, SecretsByKind>): readonly string[] {
  const pathsOf = (isDoubtful: (secret: string) => boolean): readonly string[] =>
    [...projects].flatMap(([projectId, byKind]) => {
      const kinds = [...byKind].filter(([, secrets]) => secrets.map(secretText).some(isDoubtful)).map(([kind]) => kind);
      return kinds.length === 0 ? [] : [`${projectPath(projectId)} (${kinds.join(', ')})`];
    });
  return [
    ...pathsOf(isShortSecret).map(
      (path) => `${path}: a signature secret has less than 32 bytes; HS256 deserves 32 or more.`,
    ),
    ...pathsOf(hasOuterSpace).map(
      (path) => `${path}: a signature secret begins or ends with white space. Is that meant?`,
    ),
    ...pathsOf(isInQuotes).map((path) => `${path}: a signature secret stands in quotes. Is that meant?`),
  ];
}

/** Names of projects, and what they would be without the marks that come from files and shells. */
class SimilarNames {
  private readonly byMeaning = new Map<string, readonly string[]>();

  constructor(private readonly names: readonly string[]) {
    for (const name of names) {
      const meaning = meaningOf(name);
      this.byMeaning.set(meaning, [...(this.byMeaning.get(meaning) ?? []), name]);
    }
  }

  /** A name that differs from this one in white space, quotes or case only. */
  like(name: string): string | undefined {
    return this.byMeaning.get(meaningOf(name))?.find((other) => other !== name);
  }

  /** The names that look like a mistake, each with what is the matter. */
  doubts(): readonly string[] {
    return [
      ...this.names
        .filter((name) => bare(name) !== name)
        .map(
          (name) =>
            `${projectPath(name)}: the name has white space or quotes around it, so that tokens of ` +
            `${quoted(bare(name))} will not find it. Is that meant?`,
        ),
      ...[...this.byMeaning.values()]
        .map((names) => names.filter((name) => bare(name) === name))
        .filter(({ length }) => length > 1)
        .map(
          (names) =>
            `${names.map(projectPath).join(' and ')} differ only in case. Tokens find the one that is written as they write it.`,
        ),
    ];
  }
}

function meaningOf(name: string): string {
  return bare(name).toLowerCase();
}

/** A name without white space, invisible characters and quotes around it. */
function bare(name: string): string {
  const characters = Array.from(name);
  const isVisible = (character: string): boolean => !/[\p{C}\p{Z}]/u.test(character);
  const visible = characters.slice(characters.findIndex(isVisible), characters.findLastIndex(isVisible) + 1);
  return withoutQuotes(visible.join(''));
}
