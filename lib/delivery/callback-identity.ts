import { hash } from 'node:crypto';
import { type VerifiedToken } from '../verification/callback-verifier.js';
import { payloadDigest } from '../verification/payload-hash.js';

/** The input of {@link callbackIdentity}. */
export interface IdentifiedContent {
  readonly payload: Readonly<Record<string, unknown>>;
  /** SHA-256 of the body in hex. */
  readonly bodyHash: string;
  /** Whether the body was verified against the signed hash (`verifyPayload`). */
  readonly isBodyVerified: boolean;
}

/**
 * Two requests with the same identity are the same callback. A retry may be signed anew, so a body with its own time is
 * identified by the hash of its bytes. Without such a time, two genuine events may have equal bodies, and the token's
 * `jti` identifies them. The token's text is never used, because it can be written in several ways.
 *
 * @returns the kind and a SHA-256 in base64url, usable as a Redis key and a job id
 */
export function callbackIdentity(
  { kind, projectId, claims }: VerifiedToken,
  { payload, bodyHash, isBodyVerified }: IdentifiedContent,
): string {
  const hasMoment = (payload['timestamp'] ?? payload['updatedAt'] ?? undefined) !== undefined;
  // If the body is not verified, a captured token would be accepted once for every changed byte.
  const own = isBodyVerified && hasMoment ? ['body', bodyHash] : ['jti', claims.jti];
  return identityOf(kind, [projectId, kind, ...own]);
}

/**
 * The identity of a callback whose body cannot be used. It differs from all others, so that such a callback cannot
 * replace a usable one.
 */
export function unusableIdentity({ kind, projectId, claims }: VerifiedToken, rawBody: Buffer): string {
  const bodyHash = payloadDigest(rawBody).toString('hex');
  return identityOf(kind, [projectId, kind, 'unusable', claims.jti, bodyHash]);
}

/** Whether a value looks like the identity of a callback. */
export function isCallbackIdentity(value: unknown): value is string {
  // The kind consists of letters, and a SHA-256 in base64url has 43 characters.
  return typeof value === 'string' && /^[a-z]+-[\w-]{43}$/i.test(value);
}

function identityOf(kind: string, parts: readonly string[]): string {
  const digest = hash('sha256', JSON.stringify(parts), 'base64url');
  // A template string would be stored as a tree of strings, which takes more memory.
  return [kind, digest].join('-');
}
