import { webcrypto } from 'node:crypto';
import { type CryptoKey } from 'jose';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { quoted } from './quoted-text.js';

/** A value, or the promise of one. */
export type Awaitable<T> = T | Promise<T>;

/** Longest signature secret in characters that Vonage takes ("Secure callbacks"). */
const MAX_SECRET_LENGTH = 50;

/** The longest name of a project that is looked up, in characters: a UUID has 36. */
export const MAX_PROJECT_LENGTH = 128;

/** A signature secret with a name that log lines, outcomes and metrics show, as that of the webhook which has it. */
export interface NamedSecret {
  /** 1 to 64 printable characters; once in a list. */
  readonly name: string;
  /** The signature secret. */
  readonly secret: string;
}

/** A signature secret, with or without a name. */
export type SignatureSecret = string | NamedSecret;

/** A signature secret made ready for verification. Printing or logging it does not show the secret. */
export interface SignatureKey {
  /** For HMAC with SHA-256. */
  readonly key: CryptoKey;
  /** Where the secret stands in the list that was configured for the project and kind, from 0. */
  readonly position: number;
  /** The secret's name, if it has one. */
  readonly name?: string;
}

/** Where {@link CallbackVerifier} finds the keys of a project. */
export interface SignatureKeySource {
  /**
   * The keys for one kind of callback of one project, in the order in which they are to be tried, or `undefined` if
   * the project is not known. An error is never the sender's fault.
   *
   * @param askedSince when keys were first asked for in this verification, in ms by the clock of `performance.now()`;
   *   all questions of one together take no longer than one may take. Absent for the first
   */
  keysFor(
    projectId: string,
    kind: VideoCallbackKind,
    askedSince?: number,
  ): Awaitable<readonly SignatureKey[] | undefined>;

  /**
   * The keys that are known without asking a vault, for finding out why a signature was refused. May be left out.
   */
  readonly keysAtHand?:
    ((projectId: string, kind: VideoCallbackKind) => Awaitable<readonly SignatureKey[] | undefined>) | undefined;

  /**
   * The name of a project that differs from this one in white space, quotes or case only, for explaining why a project is
   * unknown. May be left out.
   */
  readonly projectLike?: ((projectId: string) => string | undefined) | undefined;

  /**
   * Called for every valid signature, with its key. The project and kind are known to send genuine callbacks
   * from then on, and the key can be tried first.
   */
  readonly matched?: ((projectId: string, kind: VideoCallbackKind, key: SignatureKey) => void) | undefined;

  /**
   * Called when a token with a valid signature also names an unknown project, or might have been of another kind: the
   * same will be asked for again with every such callback.
   */
  readonly passedOver?: ((projectId: string, kind: VideoCallbackKind) => void) | undefined;
}

/**
 * Makes HMAC keys of secrets, once for all tokens. The key is the secret's text as UTF-8, not base64-decoded (Vonage
 * SDKs).
 *
 * @throws {TypeError} if `secrets` is a text instead of a list, or if a secret is empty, which no key can be made of
 */
export async function importSignatureKeys(secrets: readonly SignatureSecret[]): Promise<readonly SignatureKey[]> {
  if (typeof secrets === 'string') throw new TypeError('The signature secrets are a text: give a list of them.');
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

/** What outcomes say of the secret that made a signature. */
export function secretOf({ position, name }: SignatureKey) {
  return { secretPosition: position, ...(name === undefined ? {} : { secretName: name }) };
}

/** An HMAC key with SHA-256 (RFC 7518, section 3.2) of these bytes, which cannot be read out of it. */
export function importHmacKey(bytes: Buffer): Promise<CryptoKey> {
  return webcrypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

/**
 * What is wrong with the length of a signature secret, without the secret; `undefined` if nothing is. Characters are
 * counted as Unicode code points, so that an emoji outside the first 65,536 is one.
 */
export function secretLengthProblem(secret: string): string | undefined {
  if (secret === '') return `is empty: a signature secret has 1 to ${MAX_SECRET_LENGTH} characters`;
  const length = Array.from(secret).length;
  if (length <= MAX_SECRET_LENGTH) return undefined;
  return `has ${length} characters: Vonage takes at most ${MAX_SECRET_LENGTH} (counted as Unicode code points)`;
}

/** Where the secrets of a project stand in the options, with a name that is unusual quoted visibly. */
export function projectPath(projectId: string): string {
  return /^[\w-]*$/.test(projectId) ? `projects['${projectId}']` : `projects[${quoted(projectId)}]`;
}

/** A list of keys with the one that matched in front: each wrong key tried first costs a whole verification. */
export function withKeyInFront(keys: readonly SignatureKey[], key: SignatureKey): readonly SignatureKey[] {
  if (keys[0] === key || !keys.includes(key)) return keys;
  // A new list: requests that are being verified at this moment go on over the old one undisturbed.
  return [key, ...keys.filter((other) => other !== key)];
}
