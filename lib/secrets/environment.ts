import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { OwnFault } from '../verification/own-fault.js';
import { secretLengthProblem } from '../verification/signature-key.js';
import { InvalidSecretError } from './secret-rules.js';
import { type ProjectSecrets } from './signature-secret.provider.js';

/** The environment variables that name the project, by claim of the token. */
const PROJECT_VARIABLES = { applicationId: 'VIDEO_APPLICATION_ID', apiKey: 'VIDEO_API_KEY' } as const;

/** The environment variable with the secrets for all kinds that have no variable of their own. */
export const GENERAL_SECRET_VARIABLE = 'VIDEO_SIGNATURE_SECRET';

/** The environment variable with the secrets of each kind. */
export const SECRET_VARIABLES: Readonly<Record<VideoCallbackKind, string>> = {
  session: 'SESSION_SIGNATURE_SECRET',
  archive: 'ARCHIVE_SIGNATURE_SECRET',
  sip: 'SIP_SIGNATURE_SECRET',
  experienceComposer: 'EXPERIENCE_COMPOSER_SIGNATURE_SECRET',
  broadcast: 'BROADCAST_SIGNATURE_SECRET',
  captions: 'CAPTIONS_SIGNATURE_SECRET',
};

/** Environment variables by name, such as `process.env`. */
type Environment = Readonly<Record<string, string | undefined>>;

/** A required environment variable is missing or empty. The message names it. */
export class MissingVariableError extends OwnFault {
  override readonly name = 'MissingVariableError';
  /** `ERR_CALLBACKS_MISSING_VARIABLE` */
  override readonly code = 'ERR_CALLBACKS_MISSING_VARIABLE';
}

/** The signature secrets of a kind, and the environment variable they come from. */
export interface VariableSecrets {
  readonly variable: string;
  /** At least one. Never print them. */
  readonly secrets: readonly string[];
}

/**
 * Returns the option `projects` from environment variables, the same that the command `video-callbacks` reads. It has
 * one project, named by `VIDEO_APPLICATION_ID`, `VIDEO_API_KEY` or both, and its secrets for each kind in
 * `SESSION_SIGNATURE_SECRET`, `ARCHIVE_SIGNATURE_SECRET`, `SIP_SIGNATURE_SECRET`,
 * `EXPERIENCE_COMPOSER_SIGNATURE_SECRET`, `BROADCAST_SIGNATURE_SECRET` and `CAPTIONS_SIGNATURE_SECRET`.
 * `VIDEO_SIGNATURE_SECRET` is for every kind that has no variable of its own. Put several secrets, as during a
 * rotation, on one line each. A kind without a secret is left out.
 *
 * @throws {MissingVariableError} if no project is named, or there is no secret at all
 * @throws {InvalidSecretError} that says where an unusable secret is, without the secret
 *
 * @example
 * VideoCallbacksModule.forRootAsync({ useFactory: () => ({ projects: projectsFromEnvironment(process.env) }) })
 */
export function projectsFromEnvironment(env: Environment): Record<string, ProjectSecrets> {
  const { applicationId, apiKey } = PROJECT_VARIABLES;
  const projectIds = [applicationId, apiKey].flatMap((variable) => projectIn(variable, env) ?? []);
  if (projectIds.length === 0) {
    throw new MissingVariableError(
      `no environment variable names the project: set ${applicationId} (unified environment) or ${apiKey} (OpenTok).`,
    );
  }
  const byKind = secretsFromEnvironment(env);
  if (byKind.size === 0) {
    const variables = Object.values(SECRET_VARIABLES).join(', ');
    throw new MissingVariableError(
      `no environment variable holds a signature secret: set ${variables}, or ${GENERAL_SECRET_VARIABLE} for all kinds.`,
    );
  }
  const secrets = Object.fromEntries([...byKind].map(([kind, { secrets }]) => [kind, secrets]));
  return Object.fromEntries(projectIds.map((projectId) => [projectId, secrets]));
}

/**
 * The signature secrets that the environment holds for each kind; a kind without any is absent.
 *
 * @throws {InvalidSecretError} that says where an unusable secret is, without the secret
 */
export function secretsFromEnvironment(env: Environment): ReadonlyMap<VideoCallbackKind, VariableSecrets> {
  const byKind = new Map<VideoCallbackKind, VariableSecrets>();
  for (const kind of VIDEO_CALLBACK_KINDS) {
    const own = SECRET_VARIABLES[kind];
    const variable = env[own] === undefined ? GENERAL_SECRET_VARIABLE : own;
    const text = env[variable];
    if (text !== undefined) byKind.set(kind, { variable, secrets: secretLines(text, variable) });
  }
  return byKind;
}

/**
 * The secrets of a string with one secret per line.
 *
 * @param source where the text comes from, for the error
 * @throws {InvalidSecretError} that says where an unusable secret is, without the secret
 */
export function secretLines(text: string, source: string): readonly string[] {
  return text.split(/\r\n|\n|\r/).map((secret, index, { length }) => {
    const problem = secret.startsWith('\uFEFF') ? 'begins with a byte order mark' : secretLengthProblem(secret);
    if (problem === undefined) return secret;
    const name = length === 1 ? `the secret in ${source}` : `line ${index + 1} of ${source}`;
    throw new InvalidSecretError(`${name} ${problem}`);
  });
}

function projectIn(variable: string, env: Environment): string | undefined {
  const projectId = env[variable];
  if (projectId === '') throw new MissingVariableError(`the environment variable ${variable} is empty.`);
  return projectId;
}
