import { JOSEError, JWSSignatureVerificationFailed, JWTClaimValidationFailed, JWTExpired } from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import { CallbackRejection } from './callback-rejection.js';
import { type SignatureKey } from './signature-key.js';

/** What {@link findSigner} found. */
export interface TokenSigner {
  /** The key that made the signature. */
  readonly key: SignatureKey;
  /** The first of `iss`, `iat`, `nbf` and `exp` that jose refuses, if it refuses one. */
  readonly refusedClaim: string | undefined;
}

/**
 * Has jose verify a token with one key after the other: HS256 and nothing else, the signature, and then the claims
 * `iss`, `iat` (its type only), `nbf` and `exp`.
 *
 * @param now the moment at which the claims are judged
 * @param clockTolerance in seconds
 * @returns `undefined` if no key made the signature
 * @throws {CallbackRejection} `token_malformed`
 */
export async function findSigner(
  token: string,
  keys: readonly SignatureKey[],
  now: Date,
  clockTolerance: number,
): Promise<TokenSigner | undefined> {
  const expected = { algorithms: ['HS256'], issuer: 'Vonage', clockTolerance, currentDate: now };
  for (const key of keys) {
    try {
      await jwtVerify(token, key.key, expected);
      return { key, refusedClaim: undefined };
    } catch (error) {
      if (error instanceof JWSSignatureVerificationFailed) continue;
      if (error instanceof JWTClaimValidationFailed || error instanceof JWTExpired) {
        return { key, refusedClaim: error.claim };
      }
      // What jose cannot read is the sender's fault; anything else, such as a key of another kind, is ours.
      if (!(error instanceof JOSEError)) throw error;
      throw new CallbackRejection('token_malformed', `the token cannot be read: ${error.code}`);
    }
  }
  return undefined;
}
