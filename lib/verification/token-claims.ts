import { CallbackRejection, type RejectedToken } from './callback-rejection.js';

/** What {@link CallbackTokenClaims} are. Not of that name, or linters would take them for instances of a class. */
interface TokenClaims {
  /** When the token was issued, in **seconds** since the epoch. */
  readonly iat: number;
  /** Unique per token. A retry of the same callback may carry another one. */
  readonly jti: string;
  /** Always `Vonage`. */
  readonly iss: 'Vonage';
  /** SHA-256 of the body in hex. Absent only where `verifyPayload` is off and the sender left it out. */
  readonly payload_hash?: string;
  /**
   * The OpenTok project key or the Vonage account key; a number is tolerated. Attested only if it is the project whose
   * secret matched: a sender who has one project's secret can sign any text here.
   */
  readonly api_key?: string | number;
  /** The Vonage application (UUID), where one was used. Attested only if it is the project whose secret matched. */
  readonly application_id?: string;
  /** End of validity in **seconds** since the epoch. Not sent as of 2026; honoured if it appears. */
  readonly exp?: number;
  /** Begin of validity in **seconds** since the epoch. Not sent as of 2026; honoured if it appears. */
  readonly nbf?: number;
  readonly [claim: string]: unknown;
}

/**
 * The claims of a callback's token, as they were signed. Source: "Secure callbacks" and "Webhooks: decoding signed
 * webhooks" of Vonage's documentation; the claim names are theirs.
 */
export type CallbackTokenClaims = TokenClaims;

/** A value as well, so that the signature of a decorated method can name the type (`isolatedModules`). */
export const CallbackTokenClaims: abstract new () => object = Object;

/** What {@link checkClaims} compares the claims with; all times in seconds. */
export interface ClaimsExpectation {
  readonly maxAge: number;
  readonly clockTolerance: number;
  readonly payloadHashRequired: boolean;
}

/** A token whose signature is good, and what is known of it. */
interface SignedToken
  extends Required<Pick<RejectedToken, 'projectId' | 'secretPosition'>>, Pick<RejectedToken, 'secretName'> {
  readonly claims: Readonly<Record<string, unknown>>;
  /** The claim that jose refused, see {@link TokenSigner}. */
  readonly refusedClaim: string | undefined;
}

const SHA256_HEX = /^[0-9a-f]{64}$/i;

/**
 * Checks the claims of a token whose signature is good: issuer, age, validity, token id, form of the payload hash. jose
 * has checked issuer and validity, by a clock of whole seconds.
 *
 * @param now seconds since the epoch
 * @throws {CallbackRejection} with the reason of the first check that fails
 */
export function checkClaims(
  { claims, refusedClaim, ...signer }: SignedToken,
  now: number,
  { maxAge, clockTolerance, payloadHashRequired }: ClaimsExpectation,
): CallbackTokenClaims {
  const { iat, exp, jti, payload_hash: payloadHash } = claims;
  const reject = (...[reason, explanation]: [CallbackRejection['reason'], string]): CallbackRejection =>
    new CallbackRejection(reason, explanation, {
      ...signer,
      ...(typeof jti === 'string' ? { jti } : {}),
      ...(typeof iat === 'number' ? { age: now - iat } : {}),
    });

  if (refusedClaim === 'iss') throw reject('issuer_mismatch', 'the issuer (iss) is not "Vonage"');

  if (typeof iat !== 'number' || !Number.isFinite(iat)) {
    throw reject('issued_at_missing', 'the time of issue (iat) is missing or not a number');
  }
  const age = now - iat;
  // Written so that a limit which is not a number refuses rather than admits.
  if (!(age >= -clockTolerance)) {
    throw reject(
      'issued_in_future',
      `the token was issued ${seconds(-age)} in the future: ${clock(now)}. Is that right?`,
    );
  }
  if (!(age <= maxAge + clockTolerance)) {
    const allowed = `allowed are ${seconds(maxAge)} (maxAge)`;
    throw reject('token_too_old', `the token was issued ${seconds(age)} ago, ${allowed}: ${clock(now)}`);
  }

  // jose looks at nbf first; that a token has expired as well says more.
  const isPast = typeof exp === 'number' ? exp + clockTolerance <= now : exp !== undefined;
  if (refusedClaim === 'exp' || (refusedClaim === 'nbf' && isPast)) {
    throw reject('token_expired', `the token has expired (exp): ${clock(now)}`);
  }
  if (refusedClaim !== undefined) {
    throw reject('token_not_yet_valid', `the token is not valid yet (nbf): ${clock(now)}. Is that right?`);
  }
  if (typeof jti !== 'string' || jti === '') {
    throw reject('token_id_missing', 'the token id (jti) is missing or not a text');
  }
  if (payloadHashRequired && !(typeof payloadHash === 'string' && SHA256_HEX.test(payloadHash))) {
    throw reject('payload_hash_missing', 'payload_hash is missing or not a SHA-256 in hex');
  }
  return leaveOutMistyped({ ...claims, iss: 'Vonage', iat, jti });
}

const isText = (claim: unknown): boolean => typeof claim === 'string';
// JSON can spell numbers that are too large for JavaScript, and cannot print the infinity that they become.
const isFiniteNumber = (claim: unknown): boolean => Number.isFinite(claim);

const TYPED_CLAIMS: readonly (readonly [name: string, isTyped: (claim: unknown) => boolean])[] = [
  ['payload_hash', isText],
  ['application_id', isText],
  ['api_key', (claim) => isText(claim) || isFiniteNumber(claim)],
  ['exp', isFiniteNumber],
  ['nbf', isFiniteNumber],
];

/** What is typed must be of its type; what Vonage does not send so is taken out of this copy. */
function leaveOutMistyped<Claims extends Record<string, unknown>>(claims: Claims): Claims {
  for (const [name, isTyped] of TYPED_CLAIMS) {
    if (Object.hasOwn(claims, name) && !isTyped(claims[name])) Reflect.deleteProperty(claims, name);
  }
  return claims;
}

/** The time that these checks use, for their messages. */
function clock(now: number): string {
  return `this machine's clock says ${new Date(now * 1000).toISOString()}`;
}

function seconds(value: number): string {
  return `${Math.round(value)} s`;
}
