import { OwnFault } from '../verification/own-fault.js';
import { quoted, UNSAFE_CHARACTER } from '../verification/quoted-text.js';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import {
  type NamedSecret,
  projectPath,
  secretLengthProblem,
  type SignatureSecret,
} from '../verification/signature-key.js';

/** A secret with fewer bytes than the hash is weaker than HS256 itself (RFC 7518, section 3.2). */
const RECOMMENDED_SECRET_BYTES = 32;

/** The usual cause of a missing secret. */
const IS_VARIABLE_SET = ' Is the environment variable for it set?';

/** The names that a secret may have. They appear unchanged in logs and in attribute values. */
const NAME = new RegExp(`^(?:(?!${UNSAFE_CHARACTER}).){1,64}$`, 'u');

/** A signature secret that cannot be used. The message does not contain it. */
export class InvalidSecretError extends OwnFault {
  override readonly name = 'InvalidSecretError';
  /** `ERR_CALLBACKS_INVALID_SECRET` */
  override readonly code = 'ERR_CALLBACKS_INVALID_SECRET';
}

/**
 * A project of the `projects` option has no secret for a kind of callback that it sent: the configuration is
 * incomplete.
 */
export class MissingSecretError extends OwnFault {
  override readonly name = 'MissingSecretError';
  /** `ERR_CALLBACKS_MISSING_SECRET` */
  override readonly code = 'ERR_CALLBACKS_MISSING_SECRET';

  constructor({ projectId, kind }: { readonly projectId: string; readonly kind: VideoCallbackKind }) {
    const path = projectPath(projectId);
    super(`${path} has no secret for "${kind}" callbacks: add ${path}.${kind}.`);
  }
}

/** The signature secrets are unavailable: a provider failed or was too slow, or a kind has none. Never the sender's fault. */
export class SecretsUnavailableError extends OwnFault {
  override readonly name = 'SecretsUnavailableError';
  /** `ERR_CALLBACKS_SECRETS_UNAVAILABLE` */
  override readonly code = 'ERR_CALLBACKS_SECRETS_UNAVAILABLE';
}

/** Creates the error that is answered 503: the secrets for a kind of callback are unavailable. */
export function secretsUnavailable(kind: VideoCallbackKind, cause: unknown): SecretsUnavailableError {
  return new SecretsUnavailableError(`the signature secrets for ${kind} callbacks are unavailable`, { cause });
}

/**
 * The secrets as a list.
 *
 * @param owner names the secrets in the error: an option's path or a project
 * @throws {InvalidSecretError} if there is no secret or one cannot be used; the message does not contain the secret
 */
export function secretList(secrets: unknown, owner: string): readonly SignatureSecret[] {
  if (!Array.isArray(secrets)) return [checkedSecret(secrets, owner)];
  if (secrets.length === 0)
    throw new InvalidSecretError(`${owner} is an empty list: name at least one signature secret.`);
  const list = secrets.map((secret: unknown, position) => checkedSecret(secret, `${owner}[${position}]`));
  const names = list.filter((secret) => typeof secret !== 'string').map(({ name }) => name);
  const twice = names.find((name, position) => names.indexOf(name) < position);
  if (twice !== undefined) {
    throw new InvalidSecretError(`${owner} has two secrets named ${quoted(twice)}: give each a name of its own.`);
  }
  return list;
}

/** Whether a value looks like a secret with a name. */
export function isNamed(value: unknown): value is Partial<Record<keyof NamedSecret, unknown>> {
  return typeof value === 'object' && value !== null && ('name' in value || 'secret' in value);
}

function checkedSecret(value: unknown, path: string): SignatureSecret {
  if (!isNamed(value)) return checkedText(value, path);
  const { name } = value;
  if (Object.keys(value).length > 2) throw new InvalidSecretError(`${path} has more members than a name and a secret.`);
  const secret = checkedText(value.secret, `${path}.secret`);
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new InvalidSecretError(`the name of ${path} must be a string of 1 to 64 printable characters.`);
  }
  // Names are logged.
  if (name === secret) throw new InvalidSecretError(`the name of ${path} is the secret itself.`);
  return { name, secret };
}

function checkedText(secret: unknown, path: string): string {
  if (typeof secret !== 'string') {
    throw new InvalidSecretError(
      `${path} is ${secret === null ? 'null' : typeof secret}: a signature secret is a string.` +
        (secret === undefined ? IS_VARIABLE_SET : ''),
    );
  }
  const problem = secretLengthProblem(secret);
  if (problem === undefined) return secret;
  const question =
    secret === ''
      ? IS_VARIABLE_SET
      : ' Is it the signature secret of the webhook, and not a private key or the API secret?';
  throw new InvalidSecretError(`${path} ${problem}.${question}`);
}

/** Whether the secret begins or ends with white space, for example because it was read from a file. */
export function hasOuterSpace(secret: string): boolean {
  return secret !== secret.trim();
}

/** Whether the secret is in quotes, for example because it was read from an env file. */
export function isInQuotes(secret: string): boolean {
  return withoutQuotes(secret) !== secret;
}

/** Removes one pair of quotes around a string. */
export function withoutQuotes(text: string): string {
  const [first] = text;
  const isQuote = first === '"' || first === "'" || first === '`';
  return isQuote && text.length > 1 && text.endsWith(first) ? text.slice(1, -1) : text;
}

/** Whether the secret is shorter than recommended for HS256. */
export function isShortSecret(secret: string): boolean {
  return Buffer.byteLength(secret) < RECOMMENDED_SECRET_BYTES;
}
