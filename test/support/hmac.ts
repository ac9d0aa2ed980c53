import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * An HMAC in base64url by node:crypto alone. It shares nothing with lib/, which signs and verifies with code of its own
 * and with jose, so that tests can compare both with it.
 */
export function hmac(input: string, key: string | Buffer, hash = 'sha256'): string {
  return createHmac(hash, key).update(input).digest('base64url');
}

/** Whether the signature of a token is the HMAC of what is in front of its last dot, in any spelling of base64url. */
export function isSignedWith(token: string, key: string | Buffer, hash = 'sha256'): boolean {
  const end = token.lastIndexOf('.');
  const expected = Buffer.from(hmac(token.slice(0, end), key, hash), 'base64url');
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}
