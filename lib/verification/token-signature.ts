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
  /** Those of `iss`, `iat`, `nbf` and `exp` that jose refuses. */
  readonly refused: ReadonlySet<string>;
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
      return { key, refused: NONE };
    } catch (error) {
      if (error instanceof JWSSignatureVerificationFailed) continue;
      if (error instanceof JWTClaimValidationFailed || error instanceof JWTExpired) {
        // jose names only the first, and looks at nbf before exp.
        return { key, refused: refusedClaims(error.payload, now, clockTolerance).add(error.claim) };
      }
      // What jose cannot read is the sender's fault; anything else, such as a key of another kind, is ours.
      if (!(error instanceof JOSEError)) throw error;
      throw new CallbackRejection('token_malformed', `the token cannot be read: ${error.code}`);
    }
  }
  return undefined;
}

/** Claims that jose judges. */
const JUDGED_CLAIMS = ['iss', 'exp', 'nbf'] as const;

/** The header of a token without a signature (RFC 7519, section 6). */
const UNSECURED_HEADER = Buffer.from('{"alg":"none"}').toString('base64url');

/**
 * Has jose judge `iss`, `exp` and `nbf` one by one, whatever the signature is.
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
    // JSON spells numbers that are too large for JavaScript, and cannot print the infinity that they become. Objects are
    // refused as null is, and may be nested too deeply to be printed.
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
