import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type Awaitable } from './awaitable.js';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';

/** A signature secret made ready for verification. Printing or logging it does not show the secret. */
export interface SignatureKey {
  /** For HMAC with SHA-256. */
  readonly key: KeyObject;
  /** Where the secret stands in the list that was configured for the project and kind, from 0. */
  readonly position: number;
}

/** Where {@link CallbackVerifier} finds the keys of a project. */
export interface SignatureKeySource {
  /**
   * The keys for one kind of callback of one project, in the order in which they are to be tried, or `undefined` if
   * the project is not known. An error is our own fault, never the sender's.
   *
   * @param askedSince when keys were first asked for in this verification, by the clock of `performance.now()`; all
   *   questions of one together take no longer than one may take. Absent for the first
   */
  keysFor(
    projectId: string,
    kind: VideoCallbackKind,
    askedSince?: number,
  ): Awaitable<readonly SignatureKey[] | undefined>;

  /**
   * The keys that can be had without asking a vault, for finding out why a signature was refused. May be left out; an
   * error counts as none.
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
   * Called when a token with a valid signature also names an unknown project: it will be
   * asked for again with every such callback.
   */
  readonly passedOver?: ((projectId: string, kind: VideoCallbackKind) => void) | undefined;
}

/**
 * Makes HMAC keys of secrets. The key is the secret's text as UTF-8, not base64-decoded (Vonage SDKs).
 *
 * @throws {TypeError} if a secret is empty, which no key can be made of
 */
export function importSignatureKeys(secrets: readonly string[]): readonly SignatureKey[] {
  if (secrets.includes('')) throw new TypeError('A signature secret is empty.');
  return secrets.map((secret, position) => ({ position, key: createSecretKey(secret, 'utf8') }));
}

/**
 * Whether a key made a signature: HMAC with SHA-256 (RFC 7518, section 3.2), compared in constant time. By Node's own
 * HMAC, which answers at once: the Web Crypto API hands so little work to another thread, at ten times the cost.
 */
export function isSignedWith(
  { key }: { readonly key: KeyObject | string | Buffer },
  signed: string,
  signature: Buffer,
): boolean {
  const expected = createHmac('sha256', key).update(signed).digest();
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}
