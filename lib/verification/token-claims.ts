import { type CallbackCheckName } from './callback-check.js';
import { CallbackRejection, type RejectedToken, type RejectionReason } from './callback-rejection.js';

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

/** The claims of a token, and what they are judged by. */
interface JudgedClaims extends ClaimsExpectation {
  readonly claims: Readonly<Record<string, unknown>>;
  /** Those of `iss`, `iat`, `nbf` and `exp` that jose refuses. */
  readonly refused: ReadonlySet<string>;
  /** Seconds since the epoch. */
  readonly now: number;
}

const SHA256_HEX = /^[0-9a-f]{64}$/i;

/** What is wrong with the claims; `undefined` if nothing is. */
type ClaimCheck = (judged: JudgedClaims) => readonly [reason: RejectionReason, explanation: string] | undefined;

/** The checks of the claims, in the order in which they are made. */
export const CLAIM_CHECKS: readonly (readonly [name: CallbackCheckName, check: ClaimCheck])[] = [
  [
    'issuer',
    ({ refused }) => (refused.has('iss') ? ['issuer_mismatch', 'the issuer (iss) is not "Vonage"'] : undefined),
  ],
  ['issued_at', issuedAtProblem],
  [
    'expiry',
    ({ refused, now }) =>
      refused.has('exp') ? ['token_expired', `the token has expired (exp): ${clock(now)}`] : undefined,
  ],
  [
    'not_before',
    ({ refused, now }) =>
      refused.has('nbf')
        ? ['token_not_yet_valid', `the token is not valid yet (nbf): ${clock(now)}. Is that right?`]
        : undefined,
  ],
  [
    'token_id',
    ({ claims: { jti } }) =>
      typeof jti === 'string' && jti !== ''
        ? undefined
        : ['token_id_missing', 'the token id (jti) is missing or not a text'],
  ],
  [
    'payload_hash_claimed',
    ({ claims: { payload_hash: hash }, payloadHashRequired }) =>
      !payloadHashRequired || (typeof hash === 'string' && SHA256_HEX.test(hash))
        ? undefined
        : ['payload_hash_missing', 'payload_hash is missing or not a SHA-256 in hex'],
  ],
];

function issuedAtProblem({
  claims: { iat },
  refused,
  now,
  maxAge,
  clockTolerance,
}: JudgedClaims): ReturnType<ClaimCheck> {
  if (typeof iat !== 'number' || !Number.isFinite(iat) || refused.has('iat')) {
    return ['issued_at_missing', 'the time of issue (iat) is missing or not a number'];
  }
  const age = now - iat;
  // Written so that a limit which is not a number refuses rather than admits.
  if (!(age >= -clockTolerance)) {
    const ahead = `the token was issued ${seconds(-age)} in the future`;
    return ['issued_in_future', `${ahead}: ${clock(now)}. Is that right?`];
  }
  if (!(age <= maxAge + clockTolerance)) {
    const allowed = `allowed are ${seconds(maxAge)} (maxAge)`;
    return ['token_too_old', `the token was issued ${seconds(age)} ago, ${allowed}: ${clock(now)}`];
  }
  return undefined;
}

/**
 * Makes {@link CLAIM_CHECKS} on a token whose signature is good: issuer, age, validity, token id, form of the payload
 * hash.
 *
 * @param signer the project and secret that made the signature
 * @throws {CallbackRejection} with the reason of the first check that fails
 */
export function checkClaims(
  judged: JudgedClaims,
  signer: Pick<RejectedToken, 'projectId' | 'secretPosition' | 'secretName'>,
): CallbackTokenClaims {
  const { claims, now } = judged;
  const { iat, jti } = claims;
  for (const [, check] of CLAIM_CHECKS) {
    const problem = check(judged);
    if (problem === undefined) continue;
    throw new CallbackRejection(...problem, {
      ...signer,
      ...(typeof jti === 'string' ? { jti } : {}),
      ...(typeof iat === 'number' ? { age: now - iat } : {}),
    });
  }
  return leaveOutMistyped({ ...claims, iss: 'Vonage', iat: Number(iat), jti: String(jti) });
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
