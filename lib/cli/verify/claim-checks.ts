import { checkClaims, type ClaimsExpectation } from '../../verification/claims-check.js';
import { printable } from '../printable.js';
import { type Check, checkOf, type Checks } from './check.js';

type Claims = Readonly<Record<string, unknown>>;

/** What the claims are held against. */
export interface Judgement {
  /** The moment at which they are judged. */
  readonly at: Date;
  /** When the request was captured, if that is known and another moment is judged. */
  readonly capturedAt: Date | undefined;
  /** In seconds. */
  readonly maxAge: number;
  /** In seconds. */
  readonly clockTolerance: number;
}

/** The signature is a check of its own. */
const NO_SIGNER = { projectId: '', secretPosition: 0 };

/**
 * Checks each claim alone with the library's own check, which stops at the first claim that it refuses: so it is
 * given one claim of the token at a time, among others that are in order.
 */
export function claimChecks(claims: Claims, judgement: Judgement): Checks {
  const now = judgement.at.getTime() / 1000;
  const expectation: ClaimsExpectation = { ...judgement, payloadHashRequired: true };
  const inOrder: Claims = { iss: 'Vonage', iat: now, jti: 'any', payload_hash: '0'.repeat(64) };
  const check = (id: string, title: string, claim: string, detail: () => string): Check =>
    checkOf(id, title, () => {
      checkClaims({ ...inOrder, [claim]: claims[claim] }, NO_SIGNER, now, expectation);
      return detail();
    });
  const validity = (id: string, title: string, claim: string): Checks =>
    claims[claim] === undefined ? [] : [check(id, title, claim, () => moment(Number(claims[claim])))];

  return [
    check('issuer', 'issuer', 'iss', () => 'Vonage'),
    withAges(
      check('issued_at', 'age', 'iat', () => 'young enough'),
      claims['iat'],
      judgement,
    ),
    ...validity('expiry', 'end of validity', 'exp'),
    ...validity('not_before', 'begin of validity', 'nbf'),
    check('token_id', 'token id', 'jti', () => printable(String(claims['jti']), 60)),
    check('payload_hash_claimed', 'signed hash', 'payload_hash', () => String(claims['payload_hash'])),
  ];
}

function withAges(check: Check, iat: unknown, { at, capturedAt }: Judgement): Check {
  if (typeof iat !== 'number' || !Number.isFinite(iat)) return check;
  const detail = `issued ${moment(iat)}, ${age(at.getTime() / 1000 - iat)} at ${at.toISOString()}: ${check.detail}`;
  if (check.outcome === 'passed') return { ...check, detail };
  const then =
    capturedAt === undefined
      ? 'a server judges by its own clock; to judge the moment of the capture, name it with --at'
      : `when captured it was ${age(capturedAt.getTime() / 1000 - iat)}: judge that moment with --at ${capturedAt.toISOString()}`;
  return { ...check, detail, explanation: then };
}

function moment(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds}` : date.toISOString();
}

function age(seconds: number): string {
  return seconds < 0 ? `${Math.round(-seconds)} s in the future` : `${Math.round(seconds)} s old`;
}
