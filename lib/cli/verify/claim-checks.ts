import { signCallback } from '../../testing/signed-callback.js';
import { importSignatureKeys } from '../../verification/signature-key.js';
import { findSigner } from '../../verification/token-signature.js';
import { checkClaims, type ClaimsExpectation } from '../../verification/token-claims.js';
import { bearerToken } from '../../verification/unverified-token.js';
import { printable } from '../output.js';
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
export async function claimChecks(claims: Claims, judgement: Judgement): Promise<Checks> {
  const now = judgement.at.getTime() / 1000;
  const expectation: ClaimsExpectation = { ...judgement, payloadHashRequired: true };
  const inOrder: Claims = { iss: 'Vonage', iat: now, jti: 'any', payload_hash: '0'.repeat(64) };
  const check = async (id: string, title: string, claim: string, detail: () => string): Promise<Check> => {
    const judged = { ...inOrder, [claim]: claims[claim] };
    const refusedClaim = await claimRefusedByJose(judged, judgement);
    return checkOf(id, title, () => {
      checkClaims({ ...NO_SIGNER, claims: judged, refusedClaim }, now, expectation);
      return detail();
    });
  };
  const validity = async (id: string, title: string, claim: string): Promise<Checks> =>
    claims[claim] === undefined ? [] : [await check(id, title, claim, () => moment(Number(claims[claim])))];

  return [
    await check('issuer', 'issuer', 'iss', () => 'Vonage'),
    withAges(await check('issued_at', 'age', 'iat', () => 'young enough'), claims['iat'], judgement),
    ...(await validity('expiry', 'end of validity', 'exp')),
    ...(await validity('not_before', 'begin of validity', 'nbf')),
    await check('token_id', 'token id', 'jti', () => printable(String(claims['jti']), 60)),
    await check('payload_hash_claimed', 'signed hash', 'payload_hash', () => String(claims['payload_hash'])),
  ];
}

/** jose judges claims only under a good signature, so that these get one of their own. */
async function claimRefusedByJose(claims: Claims, { at, clockTolerance }: Judgement): Promise<string | undefined> {
  const secret = 'of this check alone';
  const { headers } = signCallback({ body: '', secret, claims });
  const signer = await findSigner(bearerToken(headers), await importSignatureKeys([secret]), at, clockTolerance);
  return signer?.refusedClaim;
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
