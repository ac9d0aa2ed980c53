import { type VideoCallbackKind, VIDEO_CALLBACK_KINDS } from '../callbacks/callback-kind.js';
import { MAX_PROJECT_LENGTH, projectPath } from '../verification/project-name.js';
import { SimilarNames } from './similar-names.js';
import { OwnFault } from '../verification/own-fault.js';
import { hasOuterSpace, InvalidSecretError, isInQuotes, isShortSecret, secretList } from './secret-rules.js';
import { type ProjectSecrets, type SecretQuery, SignatureSecretProvider } from './signature-secret.provider.js';

type SecretsByKind = ReadonlyMap<VideoCallbackKind, readonly string[]>;

/** A project of the `projects` option that has no secret for the kind of callback that it sent: our own fault. */
export class MissingSecretError extends OwnFault {
  override readonly name = 'MissingSecretError';

  constructor({ projectId, kind }: SecretQuery) {
    const path = projectPath(projectId);
    super(`${path} has no secret for "${kind}" callbacks: add ${path}.${kind}.`);
  }
}

/** Secrets that are written down in the `projects` option. */
export class StaticSecretProvider extends SignatureSecretProvider {
  private readonly projects: ReadonlyMap<string, SecretsByKind>;
  private readonly names: SimilarNames;

  /** @throws {InvalidSecretError} that names the entry and what is wrong with it, never the secret */
  constructor(projects: Readonly<Record<string, ProjectSecrets>>) {
    super();
    // Only own keys: a token that names the project "__proto__" or "constructor" selects nothing.
    this.projects = new Map(Object.entries(projects).map(([id, secrets]) => [id, secretsByKind(id, secrets)]));
    this.names = new SimilarNames([...this.projects.keys()]);
    if (this.projects.size === 0) {
      throw new InvalidSecretError('projects is empty: name at least one project and its signature secrets.');
    }
  }

  /** @throws {MissingSecretError} if the project is known but not this kind of its callbacks */
  override secretsFor(query: SecretQuery): readonly string[] | undefined {
    const project = this.projects.get(query.projectId);
    if (project === undefined) return undefined;
    const secrets = project.get(query.kind);
    if (secrets === undefined) throw new MissingSecretError(query);
    return secrets;
  }

  /** The projects that have no secret for a kind of callback. */
  projectsWithout(kind: VideoCallbackKind): readonly string[] {
    return [...this.projects].filter(([, secrets]) => !secrets.has(kind)).map(([projectId]) => projectId);
  }

  /** Whether any project has a secret for a kind of callback. */
  covers(kind: VideoCallbackKind): boolean {
    return [...this.projects.values()].some((secrets) => secrets.has(kind));
  }

  /** Where secrets stand that will work but look like a mistake, as option paths, each with what is the matter. */
  doubtfulSecrets(): readonly string[] {
    return [
      ...this.pathsOf(isShortSecret).map(
        (path) => `${path}: a signature secret has less than 32 bytes; HS256 deserves 32 or more.`,
      ),
      ...this.pathsOf(hasOuterSpace).map(
        (path) => `${path}: a signature secret begins or ends with white space. Is that meant?`,
      ),
      ...this.pathsOf(isInQuotes).map((path) => `${path}: a signature secret stands in quotes. Is that meant?`),
    ];
  }

  /** Projects whose names look like a mistake, as option paths, each with what is the matter. */
  doubtfulProjects(): readonly string[] {
    return this.names.doubts();
  }

  /** The configured project whose name differs from this one in white space, quotes or case only, if there is one. */
  projectLike(projectId: string): string | undefined {
    return this.names.like(projectId);
  }

  private pathsOf(isDoubtful: (secret: string) => boolean): readonly string[] {
    return [...this.projects].flatMap(([projectId, byKind]) => {
      const kinds = [...byKind].filter(([, secrets]) => secrets.some(isDoubtful)).map(([kind]) => kind);
      return kinds.length === 0 ? [] : [`${projectPath(projectId)} (${kinds.join(', ')})`];
    });
  }
}

function secretsByKind(projectId: string, secrets: ProjectSecrets): SecretsByKind {
  const owner = projectPath(projectId);
  if (['', 'undefined', 'null'].includes(projectId) || projectId.length > MAX_PROJECT_LENGTH) {
    throw new InvalidSecretError(
      `${owner}: no project can have this name; use its API key or the id of the application. ` +
        'Is the environment variable for it set?',
    );
  }
  if (typeof secrets === 'string' || Array.isArray(secrets)) {
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
