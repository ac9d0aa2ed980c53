import { hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of the bytes. */
export function payloadDigest(rawBody: Uint8Array): Buffer {
  return hash('sha256', rawBody, 'buffer');
}

/**
 * Compares the hash that was signed with that of the bytes that arrived, in constant time and without regard to the
 * case of the hex digits.
 *
 * @returns what the operator should know: the length and both hashes, which are no secrets; `undefined` if they agree
 */
export function payloadMismatch(signedHash: string, digest: Buffer, length: number): string | undefined {
  const signed = Buffer.from(signedHash, 'hex');
  if (signed.length === digest.length && timingSafeEqual(signed, digest)) return undefined;
  // Where `verifyPayload` is off the claim may have any length. Twice that of a hash shows that it is none.
  const signedHex = signed.toString('hex', 0, 2 * digest.length);
  return (
    `the body that arrived (${length} bytes, SHA-256 ${digest.toString('hex')}) is not the one that was signed ` +
    `(SHA-256 ${signedHex}): something between Vonage and this process rewrites it (a proxy, a body parser)`
  );
}
