import { JOSEError, JWSSignatureVerificationFailed, JWTClaimValidationFailed, JWTExpired } from 'jose/errors';
import { UnsecuredJWT } from 'jose/jwt/unsecured';
import { jwtVerify } from 'jose/jwt/verify';
import { CallbackRejection } from './callback-rejection.js';
import { type SignatureKey } from './signature-key.js';

const NONE: ReadonlySet<string> = new Set();

/** What {@link findSigner} found. */
export interface TokenSigner {
  /** The key that made the signature. */
  readonly key: SignatureKey;
  /** Those of `iss`, `iat`, `nbf` and `exp` that jose refused. */
  readonly refused: ReadonlySet<string>;
}

/**
 * Has jose verify a token with one key after the other: only HS256, the signature, and then the claims `iss`, `iat`
 * (its type only), `nbf` and `exp`.
 *
 * @param now the time to check the claims against
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
      return { key, refused: NONE };
    } catch (error) {
      if (error instanceof JWSSignatureVerificationFailed) continue;
      if (error instanceof JWTClaimValidationFailed || error instanceof JWTExpired) {
        // jose names only the first failure, and checks nbf before exp.
        return { key, refused: refusedClaims(error.payload, now, clockTolerance).add(error.claim) };
      }
      // A token that jose cannot read is the sender's fault. Anything else, such as a key of the wrong type, is ours.
      if (!(error instanceof JOSEError)) throw error;
      throw new CallbackRejection('token_malformed', `the token cannot be read: ${error.code}`);
    }
  }
  return undefined;
}

/** Claims that jose checks. */
const JUDGED_CLAIMS = ['iss', 'exp', 'nbf'] as const;

/** The header of a token without a signature (RFC 7519, section 6). */
const UNSECURED_HEADER = Buffer.from('{"alg":"none"}').toString('base64url');

/**
 * Has jose check `iss`, `exp` and `nbf` one by one, independent of the signature.
 *
 * @returns those that are refused
 */
export function refusedClaims(
  claims: Readonly<Record<string, unknown>>,
  now: Date,
  clockTolerance: number,
): Set<string> {
  const isRefused = (name: (typeof JUDGED_CLAIMS)[number]): boolean => {
    const value = claims[name];
    // JSON can contain numbers that become `Infinity`, which it cannot print. Objects become null, which is refused
    // like them: they may be nested too deeply to be printed.
    const huge = value === Infinity ? '1e999' : value === -Infinity ? '-1e999' : undefined;
    const json = huge ?? JSON.stringify(typeof value === 'object' ? null : value);
    const claim = value === undefined ? '{}' : `{"${name}":${json}}`;
    const token = `${UNSECURED_HEADER}.${Buffer.from(claim).toString('base64url')}.`;
    try {
      UnsecuredJWT.decode(token, { currentDate: now, clockTolerance, ...(name === 'iss' ? { issuer: 'Vonage' } : {}) });
      return false;
    } catch (error) {
      if (error instanceof JWTClaimValidationFailed || error instanceof JWTExpired) return true;
      throw error;
    }
  };
  return new Set<string>(JUDGED_CLAIMS.filter(isRefused));
}
