import { hash } from 'node:crypto';
import { type VerifiedToken } from '../verification/callback-verifier.js';
import { payloadDigest } from '../verification/payload-hash.js';

/** What {@link callbackIdentity} looks at. */
export interface IdentifiedContent {
  readonly payload: Readonly<Record<string, unknown>>;
  /** SHA-256 of the body in hex. */
  readonly bodyHash: string;
  /** Whether a body that is not the signed one would have been refused. */
  readonly isBodyVerified: boolean;
}

/**
 * What makes two requests the same callback. A retry may be signed anew, so a body that carries its own moment is
 * identified by its bytes; two genuine events may have equal bodies where it does not, and are distinguished by the id of
 * the token. Never by the token's text, which can be spelled in several ways.
 *
 * @returns the kind and a SHA-256 in base64url, fit for a key of Redis and the id of a job
 */
export function callbackIdentity(
  { kind, projectId, claims }: VerifiedToken,
  { payload, bodyHash, isBodyVerified }: IdentifiedContent,
): string {
  const hasMoment = (payload['timestamp'] ?? payload['updatedAt'] ?? undefined) !== undefined;
  // With a body that is not verified, a captured token would pass once for every change of a byte.
  const own = isBodyVerified && hasMoment ? ['body', bodyHash] : ['jti', claims.jti];
  return identityOf(kind, [projectId, kind, ...own]);
}

/**
 * The identity of a callback whose body cannot be used: one of its own, so that nobody can take the place of a callback
 * that can.
 */
export function unusableIdentity({ kind, projectId, claims }: VerifiedToken, rawBody: Buffer): string {
  const bodyHash = payloadDigest(rawBody).toString('hex');
  return identityOf(kind, [projectId, kind, 'unusable', claims.jti, bodyHash]);
}

/** Whether a value looks like the identity of a callback. */
export function isCallbackIdentity(value: unknown): value is string {
  // The kinds are letters, and 43 characters are a SHA-256 in base64url.
  return typeof value === 'string' && /^[a-z]+-[\w-]{43}$/i.test(value);
}

function identityOf(kind: string, parts: readonly string[]): string {
  const digest = hash('sha256', JSON.stringify(parts), 'base64url');
  // A template would leave a tree of strings, which takes more memory where many are remembered.
  return [kind, digest].join('-');
}
