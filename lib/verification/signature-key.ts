import { webcrypto } from 'node:crypto';
import { type CryptoKey } from 'jose';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { quoted } from './quoted-text.js';

/** A value, or a promise of one. */
export type Awaitable<T> = T | Promise<T>;

/** Longest signature secret that Vonage accepts, in characters ("Secure callbacks"). */
const MAX_SECRET_LENGTH = 50;

/** Longest project name that is looked up, in characters. A UUID has 36. */
export const MAX_PROJECT_LENGTH = 128;

/** A signature secret with a name, for example that of its webhook. Log lines, outcomes and metrics show the name. */
export interface NamedSecret {
  /** 1 to 64 printable characters; unique in its list. */
  readonly name: string;
  /** The signature secret. */
  readonly secret: string;
}

/** A signature secret, with or without a name. */
export type SignatureSecret = string | NamedSecret;

/** A signature secret, imported for verification. Printing or logging it does not show the secret. */
export interface SignatureKey {
  /** The key for HMAC with SHA-256. */
  readonly key: CryptoKey;
  /** The position of the secret in the list of its project and kind, from 0. */
  readonly position: number;
  /** The secret's name, if it has one. */
  readonly name?: string;
}

/** Provides {@link CallbackVerifier} with the keys of a project. */
export interface SignatureKeySource {
  /**
   * The keys for one kind of callback of one project, in the order in which to try them, or `undefined` if the project
   * is unknown. An error is never the sender's fault.
   *
   * @param askedSince when this verification first asked for keys, a value of `performance.now()`: all lookups of one
   *   verification share the time limit of one lookup. Absent for the first
   */
  keysFor(
    projectId: string,
    kind: VideoCallbackKind,
    askedSince?: number,
  ): Awaitable<readonly SignatureKey[] | undefined>;

  /** The keys that are known without asking a vault, to find out why a signature was refused. Optional. */
  readonly keysAtHand?:
    ((projectId: string, kind: VideoCallbackKind) => Awaitable<readonly SignatureKey[] | undefined>) | undefined;

  /**
   * The name of a project that differs from this one in white space, quotes or case only, to explain why a project is
   * unknown. Optional.
   */
  readonly projectLike?: ((projectId: string) => string | undefined) | undefined;

  /**
   * Called for every valid signature, with its key. From then on the project and kind are known to send genuine
   * callbacks, and the key can be tried first.
   */
  readonly matched?: ((projectId: string, kind: VideoCallbackKind, key: SignatureKey) => void) | undefined;

  /**
   * Called when a token with a valid signature also names an unknown project, or might be of another kind. Every such
   * callback will cause the same lookup.
   */
  readonly passedOver?: ((projectId: string, kind: VideoCallbackKind) => void) | undefined;
}

/**
 * Imports secrets as HMAC keys, once for all tokens. The key is the secret's text as UTF-8, not Base64-decoded (Vonage
 * SDKs).
 *
 * @throws {TypeError} if `secrets` is a string instead of a list, or if a secret is empty
 */
export async function importSignatureKeys(secrets: readonly SignatureSecret[]): Promise<readonly SignatureKey[]> {
  if (typeof secrets === 'string') throw new TypeError('The signature secrets are a string: give a list of them.');
  if (secrets.map(secretText).includes('')) throw new TypeError('A signature secret is empty.');
  return Promise.all(
    secrets.map(async (secret, position) => {
      const key = await importHmacKey(Buffer.from(secretText(secret)));
      return { position, key, ...(typeof secret === 'string' ? {} : { name: secret.name }) };
    }),
  );
}

/** The secret itself, without its name. */
export function secretText(secret: SignatureSecret): string {
  return typeof secret === 'string' ? secret : secret.secret;
}

/** The members of an outcome that describe the secret of a signature. */
export function secretOf({ position, name }: SignatureKey) {
  return { secretPosition: position, ...(name === undefined ? {} : { secretName: name }) };
}

/** Imports bytes as an HMAC key for SHA-256 (RFC 7518, section 3.2). The key cannot be exported. */
export function importHmacKey(bytes: Buffer): Promise<CryptoKey> {
  return webcrypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

/**
 * What is wrong with the length of a signature secret, without showing the secret; `undefined` if the length is valid.
 * Characters are counted as Unicode code points, so an emoji outside the first 65,536 counts as one.
 */
export function secretLengthProblem(secret: string): string | undefined {
  if (secret === '') return `is empty: a signature secret has 1 to ${MAX_SECRET_LENGTH} characters`;
  const length = Array.from(secret).length;
  if (length <= MAX_SECRET_LENGTH) return undefined;
  return `has ${length} characters: Vonage takes at most ${MAX_SECRET_LENGTH} (counted as Unicode code points)`;
}

/** The option path of a project's secrets. Unusual names are quoted. */
export function projectPath(projectId: string): string {
  return /^[\w-]*$/.test(projectId) ? `projects['${projectId}']` : `projects[${quoted(projectId)}]`;
}

/** Moves the key that matched to the front of its list: each wrong key before it costs a whole verification. */
export function withKeyInFront(keys: readonly SignatureKey[], key: SignatureKey): readonly SignatureKey[] {
  if (keys[0] === key || !keys.includes(key)) return keys;
  // A new list, because other requests may be iterating over the old one.
  return [key, ...keys.filter((other) => other !== key)];
}
