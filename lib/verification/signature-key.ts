import { type webcrypto } from 'node:crypto';
import { type Awaitable } from './awaitable.js';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';

/** A signature secret made ready for verification. The secret itself cannot be read back from it. */
export interface SignatureKey {
  /** For HMAC with SHA-256, and for verification only. */
  readonly key: webcrypto.CryptoKey;
  /** Where the secret stands in the list that was configured for the project and kind, from 0. */
  readonly position: number;
}

/** Where {@link CallbackVerifier} finds the keys of a project. */
export interface SignatureKeySource {
  /**
   * The keys for one kind of callback of one project, in the order in which they are to be tried, or `undefined` if
   * the project is not known. An error is our own fault, never the sender's.
   */
  keysFor(projectId: string, kind: VideoCallbackKind): Awaitable<readonly SignatureKey[] | undefined>;

  /**
   * The keys that can be had without asking a vault, for finding out why a signature was refused. May be left out; an
   * error counts as none.
   */
  keysAtHand?(projectId: string, kind: VideoCallbackKind): Awaitable<readonly SignatureKey[] | undefined>;

  /** Told which key a signature was found good with, so that it can be tried first from now on. */
  matched?(projectId: string, kind: VideoCallbackKind, key: SignatureKey): void;
}

/**
 * Imports secrets as HMAC keys. The key is the secret's text as UTF-8, not base64-decoded (Vonage SDKs).
 *
 * @throws {TypeError} if a secret is empty, which no key can be made of
 */
export async function importSignatureKeys(secrets: readonly string[]): Promise<readonly SignatureKey[]> {
  if (secrets.includes('')) throw new TypeError('A signature secret is empty.');
  return Promise.all(
    secrets.map(async (secret, position) => ({
      position,
      key: await crypto.subtle.importKey(
        'raw',
        new TextEncoder().encode(secret),
        { name: 'HMAC', hash: 'SHA-256' },
        false,
        ['verify'],
      ),
    })),
  );
}
