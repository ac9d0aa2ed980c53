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

/** The keys of the secrets in the `projects` option, imported at start-up. */
export class StaticKeys extends ProjectKeys {
  private constructor(
    private readonly projects: ReadonlyMap<string, KeysByKind>,
    private readonly names: SimilarNames,
    /** Warnings about entries that work but look like a mistake. They contain the option's path, never the secret. */
    readonly doubts: readonly string[],
  ) {
    super();
  }

  /** @throws {InvalidSecretError} if an entry cannot be used; the message names it, never the secret */
  static async of(projects: Readonly<Record<string, ProjectSecrets>>): Promise<StaticKeys> {
    // Only own keys, so that a token with the project "__proto__" or "constructor" finds nothing.
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

  /** @throws {SecretsUnavailableError} if the project is known but has no secret for this kind */
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

  /** The configured project whose name differs from this one in white space, quotes or case only, if any. */
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
      `${owner}: this cannot be the name of a project: use its API key or the id of the application. ` +
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
          `${owner}.${kind} is not a kind of callback: use ${VIDEO_CALLBACK_KINDS.join(', ')}.`,
        );
      }
      return [kind, secretList(ofKind, `${owner}.${kind}`)];
    }),
  );
}

function isKind(text: string): text is VideoCallbackKind {
  return VIDEO_CALLBACK_KINDS.some((kind) => kind === text);
}

/** Warnings about secrets that work but look like a mistake, with their option paths. */
function doubtfulSecrets(projects: ReadonlyMap<string, SecretsByKind>): readonly string[] {
  const pathsOf = (isDoubtful: (secret: string) => boolean): readonly string[] =>
    [...projects].flatMap(([projectId, byKind]) => {
      const kinds = [...byKind].filter(([, secrets]) => secrets.map(secretText).some(isDoubtful)).map(([kind]) => kind);
      return kinds.length === 0 ? [] : [`${projectPath(projectId)} (${kinds.join(', ')})`];
    });
  return [
    ...pathsOf(isShortSecret).map(
      (path) => `${path}: a signature secret has less than 32 bytes. Use 32 or more for HS256.`,
    ),
    ...pathsOf(hasOuterSpace).map(
      (path) =>
        `${path}: a signature secret begins or ends with white space. Remove it if it is not part of the secret.`,
    ),
    ...pathsOf(isInQuotes).map(
      (path) => `${path}: a signature secret is in quotes. Remove them if they are not part of it.`,
    ),
  ];
}

/** Names of projects, and the same names without white space and quotes that come from files and shells. */
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

  /** Warnings about names that look like a mistake. */
  doubts(): readonly string[] {
    return [
      ...this.names
        .filter((name) => bare(name) !== name)
        .map(
          (name) =>
            `${projectPath(name)}: the name has white space or quotes around it, so tokens of ` +
            `${quoted(bare(name))} will not find it. Remove them.`,
        ),
      ...[...this.byMeaning.values()]
        .map((names) => names.filter((name) => bare(name) === name))
        .filter(({ length }) => length > 1)
        .map(
          (names) =>
            `${names.map(projectPath).join(' and ')} differ only in case. A token selects the one with the same case.`,
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
