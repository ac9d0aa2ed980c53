import { type CallbackCheckName } from './callback-check.js';
import { CallbackRejection, type RejectedToken, type RejectionReason } from './callback-rejection.js';

/** The shape of {@link CallbackTokenClaims}. It has another name, because linters would take it for a class. */
interface TokenClaims {
  /** When the token was issued, in **seconds** since the epoch. */
  readonly iat: number;
  /** Unique per token. A retry of the same callback may have another one. */
  readonly jti: string;
  /** Always `Vonage`. */
  readonly iss: 'Vonage';
  /** SHA-256 of the body in hex. Absent only if `verifyPayload` is off and the sender left it out. */
  readonly payload_hash?: string;
  /**
   * The OpenTok project key or the Vonage account key; a number is accepted. Trust it only if it is the project whose
   * secret matched: a sender with the secret of another project can sign any string here.
   */
  readonly api_key?: string | number;
  /** The Vonage application (UUID), if there is one. Trust it only if it is the project whose secret matched. */
  readonly application_id?: string;
  /** End of validity in **seconds** since the epoch. Not sent as of 2026, but checked if it appears. */
  readonly exp?: number;
  /** Start of validity in **seconds** since the epoch. Not sent as of 2026, but checked if it appears. */
  readonly nbf?: number;
  readonly [claim: string]: unknown;
}

/**
 * The claims of a callback's token, as they were signed. Names and meaning are those of Vonage's documentation, "Secure
 * callbacks" and "Webhooks: decoding signed webhooks".
 */
export type CallbackTokenClaims = TokenClaims;

/** Exists as a value too, so that the signature of a decorated method can name the type with `isolatedModules`. */
export const CallbackTokenClaims: abstract new () => object = Object;

/** The limits for {@link checkClaims}; all times in seconds. */
export interface ClaimsExpectation {
  readonly maxAge: number;
  readonly clockTolerance: number;
  readonly payloadHashRequired: boolean;
}

/** The claims of a token, and the limits to check them against. */
interface JudgedClaims extends ClaimsExpectation {
  readonly claims: Readonly<Record<string, unknown>>;
  /** Those of `iss`, `iat`, `nbf` and `exp` that jose refused. */
  readonly refused: ReadonlySet<string>;
  /** Seconds since the epoch. */
  readonly now: number;
}

const SHA256_HEX = /^[0-9a-f]{64}$/i;

/** What is wrong with the claims; `undefined` if they are valid. */
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
        : ['token_id_missing', 'the token id (jti) is missing or not a string'],
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
  // Written so that a limit of NaN refuses instead of accepting.
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
 * Runs {@link CLAIM_CHECKS} on a token with a good signature: issuer, age, validity, token id, form of the payload
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
// JSON can contain numbers that become `Infinity` in JavaScript, which JSON cannot print.
const isFiniteNumber = (claim: unknown): boolean => Number.isFinite(claim);

const TYPED_CLAIMS: readonly (readonly [name: string, isTyped: (claim: unknown) => boolean])[] = [
  ['payload_hash', isText],
  ['application_id', isText],
  ['api_key', (claim) => isText(claim) || isFiniteNumber(claim)],
  ['exp', isFiniteNumber],
  ['nbf', isFiniteNumber],
];

/** Makes a copy in which every declared claim has its declared type. Claims of another type are left out. */
function leaveOutMistyped<Claims extends Record<string, unknown>>(claims: Claims): Claims {
  for (const [name, isTyped] of TYPED_CLAIMS) {
    if (Object.hasOwn(claims, name) && !isTyped(claims[name])) Reflect.deleteProperty(claims, name);
  }
  return claims;
}

/** The clock of these checks, as their messages show it. */
function clock(now: number): string {
  return `this machine's clock says ${new Date(now * 1000).toISOString()}`;
}

function seconds(value: number): string {
  return `${Math.round(value)} s`;
}
