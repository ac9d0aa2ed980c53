import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { type CallbackCheck, type CallbackCheckName } from './callback-check.js';
import { CallbackRejection } from './callback-rejection.js';
import { payloadDigest, payloadMismatch } from './payload-hash.js';
import { type Awaitable } from './signature-key.js';
import { CLAIM_CHECKS, type ClaimsExpectation } from './token-claims.js';
import { signatureMismatch, type TokenKeys } from './token-keys.js';
import { refusedClaims } from './token-signature.js';
import { bearerToken, type CallbackHeaders, parseToken, type UnverifiedToken } from './unverified-token.js';

/** The request that is examined. */
interface ExaminedRequest {
  readonly headers: CallbackHeaders;
  /** The bytes of the body; `undefined` if they are not known. */
  readonly rawBody: Uint8Array | undefined;
  /** The kinds of callback that it may be of. */
  readonly kinds: readonly VideoCallbackKind[];
  /** The moment at which the token is judged. */
  readonly at: Date;
}

/** Functions of the verifier that an examination uses, so that both reach the same result. */
interface Verification {
  readonly checkUserAgent: () => void;
  readonly keys: TokenKeys;
  readonly expectation: ClaimsExpectation;
}

/** Makes every check of a request, as `CallbackVerifier.examine` documents it. */
export async function examine(
  { checkUserAgent, keys, expectation }: Verification,
  request: ExaminedRequest,
): Promise<readonly CallbackCheck[]> {
  const { headers, rawBody, at } = request;
  const list = new CheckList();
  await list.make('user_agent', checkUserAgent);
  const text = await list.make('authorization', () => bearerToken(headers));
  if (text === undefined) list.skip('token_form', 'there is no token');
  const token = text === undefined ? undefined : await list.make('token_form', () => parseToken(text));
  if (token === undefined) {
    list.skip('signature', 'there is no token that can be read');
    list.skip('payload_hash', 'there is no token that can be read');
    return list.checks;
  }
  const { header, claims } = token;
  await list.make('algorithm', () => {
    checkAlgorithm(header);
  });
  await list.make('critical_header', () => {
    checkExtensions(header);
  });
  await examineSignature(token, keys, request, list);
  const refused = refusedClaims(claims, at, expectation.clockTolerance);
  const judged = { claims, refused, now: at.getTime() / 1000, ...expectation };
  for (const [name, check] of CLAIM_CHECKS) {
    await list.make(name, () => {
      const problem = check(judged);
      if (problem !== undefined) throw new CallbackRejection(...problem);
    });
  }
  const { payload_hash: signedHash } = claims;
  if (rawBody === undefined) list.skip('payload_hash', 'the body is not known');
  else if (typeof signedHash !== 'string') list.skip('payload_hash', 'no hash was signed');
  else {
    await list.make('payload_hash', () => {
      const mismatch = payloadMismatch(signedHash, payloadDigest(rawBody), rawBody.length);
      if (mismatch !== undefined && expectation.payloadHashRequired) {
        throw new CallbackRejection('payload_hash_mismatch', mismatch);
      }
    });
  }
  return list.checks;
}

async function examineSignature(
  { text, claims }: UnverifiedToken,
  keys: TokenKeys,
  { kinds, at }: ExaminedRequest,
  list: CheckList,
): Promise<void> {
  const { found, refusal } = await keys.choose(claims, kinds);
  await list.make('project', () => {
    if (found.length === 0) throw refusal();
  });
  const tried = found.length > 0 ? found : await keys.atHand(claims, kinds);
  const [choice] = tried.filter((one) => one.keys.length > 0);
  if (list.hasFailed('algorithm', 'critical_header')) {
    list.skip('signature', 'the token is of a form that is not verified');
  } else if (choice === undefined) {
    list.skip('signature', `no ${kinds.join(' or ')} secret of a project that the token names is known`);
  } else {
    await list.make('signature', async () => {
      const [signer] = await keys.signersOf(text, tried, at);
      if (signer === undefined) throw found.length > 0 ? refusal() : signatureMismatch(kinds, choice.projectId);
    });
  }
}

/** @throws {CallbackRejection} `algorithm_not_allowed` */
export function checkAlgorithm({ alg }: UnverifiedToken['header']): void {
  if (alg === 'HS256') return;
  throw new CallbackRejection('algorithm_not_allowed', 'the token is not signed with HS256');
}

/** @throws {CallbackRejection} `critical_header_unsupported` */
export function checkExtensions({ crit }: UnverifiedToken['header']): void {
  if (crit === undefined) return;
  throw new CallbackRejection('critical_header_unsupported', 'the token demands extensions (crit), none is known');
}

/** Collects the checks of one request. */
class CheckList {
  readonly checks: CallbackCheck[] = [];

  /**
   * Makes a check.
   *
   * @param step throws a {@link CallbackRejection} if the request is refused; any other error is passed on
   * @returns what the step returns; `undefined` if the check failed
   */
  async make<Found>(name: CallbackCheckName, step: () => Awaitable<Found>): Promise<Found | undefined> {
    try {
      const found = await step();
      this.checks.push({ name, outcome: 'passed' });
      return found;
    } catch (error) {
      if (!(error instanceof CallbackRejection)) throw error;
      this.checks.push({ name, outcome: 'failed', reason: error.reason, explanation: error.message });
      return undefined;
    }
  }

  /** Records why a check cannot be made. */
  skip(name: CallbackCheckName, explanation: string): void {
    this.checks.push({ name, outcome: 'skipped', explanation });
  }

  /** Whether one of these checks has failed. */
  hasFailed(...names: readonly CallbackCheckName[]): boolean {
    return this.checks.some(({ name, outcome }) => outcome === 'failed' && names.includes(name));
  }
}
