import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { checkNumbers } from '../options/option-checks.js';
import { type CallbackCheck, CheckList } from './callback-check.js';
import { CallbackRejection } from './callback-rejection.js';
import { payloadDigest, payloadMismatch } from './payload-hash.js';
import { quoted } from './quoted-text.js';
import {
  MAX_PROJECT_LENGTH,
  projectPath,
  secretOf,
  type SignatureKey,
  type SignatureKeySource,
} from './signature-key.js';
import { type CallbackTokenClaims, checkClaims, CLAIM_CHECKS, type ClaimsExpectation } from './token-claims.js';
import { findSigner, refusedClaims } from './token-signature.js';
import {
  bearerToken,
  type CallbackHeaders,
  headerValues,
  parseToken,
  readToken,
  type UnverifiedToken,
} from './unverified-token.js';

/** The `User-Agent` of a callback. Source: the code sample of Vonage's "Secure callbacks" page. */
export const VONAGE_CALLBACK_USER_AGENT = 'Vonage/Callback/v1.0';

/** 25 h in seconds: longer than the 24 h for which Vonage retries a callback that it could not deliver. */
export const DEFAULT_MAX_AGE = 90_000;

/** In seconds: how far the clocks of Vonage and of this process may differ. */
export const DEFAULT_CLOCK_TOLERANCE = 60;

/** Options of {@link CallbackVerifier}. */
export interface CallbackVerifierOptions {
  /** Where the keys come from. */
  readonly keys: SignatureKeySource;
  /** Longest age of a token in seconds, counted from `iat`. Default 90 000 (25 h). */
  readonly maxAge?: number | undefined;
  /** How far clocks may differ, in seconds. Default 60. */
  readonly clockTolerance?: number | undefined;
  /** The expected `User-Agent`; `false` accepts any. Default `Vonage/Callback/v1.0`. */
  readonly userAgent?: string | RegExp | false | undefined;
  /** Whether the body must have the hash that was signed. Default `true`. */
  readonly verifyPayload?: boolean | undefined;
}

/** One kind of callback or several, of which a callback may be any. */
export type OneOrMoreKinds = VideoCallbackKind | readonly VideoCallbackKind[];

/** The secret that made a signature. */
export interface MatchedSecret {
  /** The kind of callback that it is for. */
  readonly kind: VideoCallbackKind;
  /** Where it stands in the project's list for the kind, from 0. */
  readonly secretPosition: number;
  /** Its name, if it has one. */
  readonly secretName?: string;
}

/** A token whose signature, issuer and age were found good. */
export interface VerifiedToken extends MatchedSecret {
  /** The project whose secret the signature matched: the token's `application_id` or `api_key`, as text. */
  readonly projectId: string;
  /** The claims as they were signed. */
  readonly claims: CallbackTokenClaims;
  /**
   * The other kinds that were asked for and have the same secret: then only the payload tells the kind, and `kind` is
   * the first of them. Absent where the secret has told the kind.
   */
  readonly sharedWith?: readonly MatchedSecret[];
}

/** What {@link CallbackVerifier.comparePayload} found. */
export interface PayloadComparison {
  /** SHA-256 of the body in lower-case hex. */
  readonly bodyHash: string;
  /** The refusal, if the body is not the one that was signed. */
  readonly mismatch: CallbackRejection | undefined;
}

/** A callback that is genuine and intact. */
export interface VerifiedRequest extends VerifiedToken {
  /** SHA-256 of the body in lower-case hex. */
  readonly bodyHash: string;
}

/**
 * Decides whether a request is a genuine, intact and fresh callback of Vonage. It knows no framework: hand it the
 * headers and the exact bytes of the body.
 *
 * @example
 * const keys = await importSignatureKeys([secret]);
 * const verifier = new CallbackVerifier({ keys: { keysFor: () => keys } });
 * const { claims } = await verifier.verify(request.headers, rawBody, 'archive');
 */
export class CallbackVerifier {
  private readonly keys: SignatureKeySource;
  private readonly isExpectedUserAgent: (userAgent: string | undefined) => boolean;
  private readonly expectation: ClaimsExpectation;

  /** Whether bodies must have the hash that was signed. */
  get verifiesPayload(): boolean {
    return this.expectation.payloadHashRequired;
  }

  /** @throws {RangeError} if `maxAge` or `clockTolerance` is out of its range */
  constructor(options: CallbackVerifierOptions) {
    this.keys = options.keys;
    this.isExpectedUserAgent = userAgentCheck(options.userAgent ?? VONAGE_CALLBACK_USER_AGENT);
    const { maxAge = DEFAULT_MAX_AGE, clockTolerance = DEFAULT_CLOCK_TOLERANCE } = options;
    checkNumbers('CallbackVerifier', { maxAge, clockTolerance });
    this.expectation = {
      maxAge,
      clockTolerance,
      payloadHashRequired: options.verifyPayload ?? true,
    };
  }

  /**
   * Verifies a whole request.
   *
   * @param kinds the kind of callback, or all those that it may be of
   * @throws {TypeError} if the list of kinds is empty
   * @throws {CallbackRejection} if the request is not genuine, intact and fresh; any other error is one of the key
   *   source and says nothing about the request
   */
  async verify(headers: CallbackHeaders, rawBody: Uint8Array, kinds: OneOrMoreKinds): Promise<VerifiedRequest> {
    const token = await this.verifyToken(headers, kinds);
    return { ...token, bodyHash: this.verifyPayload(token, rawBody) };
  }

  /**
   * Verifies what the headers say: who sent the request, and when. The body may still be any.
   *
   * @throws {CallbackRejection} as {@link verify}
   */
  async verifyToken(headers: CallbackHeaders, kinds: OneOrMoreKinds): Promise<VerifiedToken> {
    this.checkUserAgent(headers);
    return this.verifySignature(readToken(headers), kindsOf(kinds));
  }

  /**
   * The first step of {@link verifyToken}.
   *
   * @internal
   * @throws {CallbackRejection} `user_agent_mismatch`
   */
  checkUserAgent(headers: CallbackHeaders): void {
    const [userAgent] = headerValues(headers, 'user-agent');
    if (this.isExpectedUserAgent(userAgent)) return;
    const found = userAgent === undefined ? 'there is no User-Agent' : `the User-Agent is ${quoted(userAgent)}`;
    throw new CallbackRejection('user_agent_mismatch', `${found}, not that of Vonage callbacks (userAgent)`);
  }

  /**
   * The second step of {@link verifyToken}: the algorithm, the project, the signature and the claims.
   *
   * @internal
   * @param token as `readToken` has read it: its claims are believed to be those of its text
   * @throws {CallbackRejection} as {@link verify}
   */
  async verifySignature(token: UnverifiedToken, kinds: readonly VideoCallbackKind[]): Promise<VerifiedToken> {
    checkAlgorithm(token.header);
    checkExtensions(token.header);
    const choices = await Promise.allSettled(kinds.map((kind) => this.chooseKeys(token.claims, kind)));
    const now = new Date();
    const [signer, ...others] = await this.findSigners(token, choices.flatMap(fulfilled), now);
    if (signer === undefined) throw refusalOf(choices, kinds);
    const { kind, projectId, secret, refused } = signer;
    const judged = { claims: token.claims, refused, now: now.getTime() / 1000, ...this.expectation };
    const claims = checkClaims(judged, { projectId, ...secret });
    const verified = { kind, projectId, claims, ...secret };
    const sharedWith = others
      .filter((other) => other.projectId === projectId)
      .map((other) => ({ kind: other.kind, ...other.secret }));
    return sharedWith.length === 0 ? verified : { ...verified, sharedWith };
  }

  /**
   * Verifies that the body is the one that was signed.
   *
   * @returns SHA-256 of the body in lower-case hex
   * @throws {CallbackRejection} `payload_hash_mismatch`
   */
  verifyPayload(token: VerifiedToken, rawBody: Uint8Array): string {
    const { bodyHash, mismatch } = this.comparePayload(token, rawBody);
    if (mismatch !== undefined && this.verifiesPayload) throw mismatch;
    return bodyHash;
  }

  /** Compares the body with the signed hash, whether or not a mismatch is to be refused. */
  comparePayload(token: VerifiedToken, rawBody: Uint8Array): PayloadComparison {
    const digest = payloadDigest(rawBody);
    const explanation = payloadMismatch(token.claims.payload_hash ?? '', digest, rawBody.length);
    return {
      bodyHash: digest.toString('hex'),
      mismatch: explanation === undefined ? undefined : notTheSignedBody(token, explanation),
    };
  }

  /**
   * Makes every check of {@link verify}, also after one has failed: for finding out why a request is refused. `verify`
   * throws the first failure of this list. A check whose object is missing is skipped: of a token that cannot be read the
   * signature and the body are listed as skipped and nothing else, and so is a signature for which there is no key at all.
   * The keys at hand of a project that is unknown are tried, too.
   *
   * @param rawBody `undefined` if it is not known
   * @param kinds the kind of callback, or all those that it may be of
   * @param at the moment at which the token is judged. Default now
   * @returns the checks in the order in which {@link verify} makes them. Any error is one of the key source
   */
  async examine(
    headers: CallbackHeaders,
    rawBody: Uint8Array | undefined,
    kinds: OneOrMoreKinds,
    at = new Date(),
  ): Promise<readonly CallbackCheck[]> {
    const list = new CheckList();
    await list.make('user_agent', () => {
      this.checkUserAgent(headers);
    });
    const text = await list.make('authorization', () => bearerToken(headers));
    if (text === undefined) list.skip('token_form', 'there is no token');
    const token = text === undefined ? undefined : await list.make('token_form', () => parseToken(text));
    if (token === undefined) {
      list.skip('signature', 'there is no token that can be read');
      list.skip('payload_hash', 'there is no token that can be read');
      return list.checks;
    }
    await list.make('algorithm', () => {
      checkAlgorithm(token.header);
    });
    await list.make('critical_header', () => {
      checkExtensions(token.header);
    });
    await this.examineSignature(token, kindsOf(kinds), at, list);
    const { claims } = token;
    const refused = refusedClaims(claims, at, this.expectation.clockTolerance);
    const judged = { claims, refused, now: at.getTime() / 1000, ...this.expectation };
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
        if (mismatch !== undefined && this.verifiesPayload) {
          throw new CallbackRejection('payload_hash_mismatch', mismatch);
        }
      });
    }
    return list.checks;
  }

  /**
   * Looks for the kind of callback whose secret made a signature that was refused: the secrets of two webhooks mixed up
   * is the commonest mistake. Uses only keys that are loaded already.
   *
   * @param kinds those whose secrets did not match
   * @returns the kind, or `undefined` if it is none
   * @throws {CallbackRejection} if `headers` hold no token that can be read
   */
  async kindOfSigner(headers: CallbackHeaders, kinds: OneOrMoreKinds): Promise<VideoCallbackKind | undefined> {
    return this.kindOfTokenSigner(readToken(headers), kindsOf(kinds));
  }

  /**
   * {@link kindOfSigner} for a token that was read.
   *
   * @internal
   */
  async kindOfTokenSigner(
    token: UnverifiedToken,
    kinds: readonly VideoCallbackKind[],
  ): Promise<VideoCallbackKind | undefined> {
    const others = VIDEO_CALLBACK_KINDS.filter((one) => !kinds.includes(one));
    for (const { kind, keys } of await this.keysAtHand(token.claims, others)) {
      const signer = await findSigner(token.text, keys, new Date(), this.expectation.clockTolerance);
      if (signer !== undefined) return kind;
    }
    return undefined;
  }

  private async examineSignature(
    { text, header, claims }: UnverifiedToken,
    kinds: readonly VideoCallbackKind[],
    at: Date,
    list: CheckList,
  ): Promise<void> {
    const choices = await Promise.allSettled(kinds.map((kind) => this.chooseKeys(claims, kind)));
    const chosen = choices.flatMap(fulfilled);
    await list.make('project', () => {
      if (chosen.length === 0) throw refusalOf(choices, kinds);
    });
    const tried = chosen.length > 0 ? chosen : await this.keysAtHand(claims, kinds);
    const [choice] = tried.filter(({ keys }) => keys.length > 0);
    if (list.hasFailed('algorithm', 'critical_header')) {
      list.skip('signature', 'the token is of a form that is not verified');
    } else if (choice === undefined) list.skip('signature', `no ${kinds.join(' or ')} secret is known`);
    else {
      await list.make('signature', async () => {
        const [signer] = await this.findSigners({ text, header, claims }, tried, at);
        if (signer === undefined) throw signatureMismatch(kinds, choice.projectId);
      });
    }
  }

  /** The keys that are known without asking a vault. */
  private async keysAtHand(
    claims: UnverifiedToken['claims'],
    kinds: readonly VideoCallbackKind[],
  ): Promise<readonly KeyChoice[]> {
    const choices: KeyChoice[] = [];
    for (const kind of kinds) {
      for (const projectId of projectsOf(claims)) {
        const keys = await this.keys.keysAtHand?.(projectId, kind);
        if (keys !== undefined) choices.push({ kind, projectId, keys, passedOver: undefined });
      }
    }
    return choices;
  }

  /**
   * Tries the keys of every kind, also after one has matched: kinds may share a secret, and how long it takes must not
   * depend on which of them it is.
   */
  private async findSigners(token: UnverifiedToken, choices: readonly KeyChoice[], now: Date) {
    const signers: {
      readonly kind: VideoCallbackKind;
      readonly projectId: string;
      readonly secret: ReturnType<typeof secretOf>;
      readonly refused: ReadonlySet<string>;
    }[] = [];
    for (const { kind, projectId, keys, passedOver } of choices) {
      const signer = await findSigner(token.text, keys, now, this.expectation.clockTolerance);
      if (signer === undefined) continue;
      const { key, refused } = signer;
      this.keys.matched?.(projectId, kind, key);
      if (passedOver !== undefined) this.keys.passedOver?.(passedOver, kind);
      signers.push({ kind, projectId, secret: secretOf(key), refused });
    }
    return signers;
  }

  /** The claims are not verified yet: they choose the keys and do nothing else. */
  private async chooseKeys(claims: UnverifiedToken['claims'], kind: VideoCallbackKind): Promise<KeyChoice> {
    let unknown: string | undefined;
    let askedSince: number | undefined;
    for (const projectId of projectsOf(claims)) {
      const startedAt = performance.now();
      const keys = await this.keys.keysFor(projectId, kind, askedSince);
      if (keys !== undefined) return { kind, projectId, keys, passedOver: unknown };
      askedSince = startedAt;
      unknown = projectId;
    }
    if (unknown === undefined) {
      throw new CallbackRejection('project_missing', 'the token names no project (application_id, api_key)');
    }
    const similar = projectsOf(claims).flatMap((projectId) => this.keys.projectLike?.(projectId) ?? []);
    const hints = similar.map((name) => `; ${projectPath(name)} differs in white space, quotes or case only`);
    const explanation = `no secret is configured for the project of the token${hints.join('')}`;
    throw new CallbackRejection('project_unknown', explanation, { projectId: unknown });
  }
}

/** The keys that a token is verified with as a callback of one kind. */
interface KeyChoice {
  readonly kind: VideoCallbackKind;
  readonly projectId: string;
  readonly keys: readonly SignatureKey[];
  /** A project that the token names, too, and that is not known. */
  readonly passedOver: string | undefined;
}

function kindsOf(kinds: OneOrMoreKinds): readonly VideoCallbackKind[] {
  if (kinds.length === 0) throw new TypeError('No kind of callback is named: name one, or a list of them.');
  return typeof kinds === 'string' ? [kinds] : kinds;
}

function fulfilled<Value>(result: PromiseSettledResult<Value>): Value[] {
  return result.status === 'fulfilled' ? [result.value] : [];
}

/** Why no key matched: keys that are unavailable might have, and a project is unknown only if it is so for every kind. */
function refusalOf(choices: readonly PromiseSettledResult<KeyChoice>[], kinds: readonly VideoCallbackKind[]): unknown {
  const faults = choices.flatMap((choice) => (choice.status === 'rejected' ? [choice.reason as unknown] : []));
  const unavailable = faults.find((fault) => !(fault instanceof CallbackRejection));
  if (unavailable !== undefined) return unavailable;
  const [choice] = choices.flatMap(fulfilled);
  if (choice === undefined) return faults[0];
  return signatureMismatch(kinds, choice.projectId);
}

function signatureMismatch(kinds: readonly VideoCallbackKind[], projectId: string): CallbackRejection {
  const explanation = `no ${kinds.join(' or ')} secret of the project made this signature`;
  return new CallbackRejection('signature_mismatch', explanation, { projectId });
}

function notTheSignedBody(
  { claims, projectId, secretPosition, secretName }: VerifiedToken,
  explanation: string,
): CallbackRejection {
  const age = Date.now() / 1000 - claims.iat;
  return new CallbackRejection('payload_hash_mismatch', explanation, {
    projectId,
    secretPosition,
    ...(secretName === undefined ? {} : { secretName }),
    jti: claims.jti,
    age,
  });
}

function userAgentCheck(expected: string | RegExp | false): (userAgent: string | undefined) => boolean {
  if (expected === false) return () => true;
  if (typeof expected === 'string') return (userAgent) => userAgent === expected;
  const own = new RegExp(expected);
  return (userAgent) => {
    // With the flags g or y a RegExp remembers where it stopped, and would refuse every other request.
    own.lastIndex = 0;
    return userAgent !== undefined && own.test(userAgent);
  };
}

function checkAlgorithm({ alg }: UnverifiedToken['header']): void {
  if (alg === 'HS256') return;
  throw new CallbackRejection('algorithm_not_allowed', 'the token is not signed with HS256');
}

function checkExtensions({ crit }: UnverifiedToken['header']): void {
  if (crit === undefined) return;
  throw new CallbackRejection('critical_header_unsupported', 'the token demands extensions (crit), none is known');
}

/** The projects that a token names, in the order in which they are tried. */
function projectsOf(claims: UnverifiedToken['claims']): readonly string[] {
  return [claims['application_id'], claims['api_key']].map(projectText).filter((text) => text !== undefined);
}

function projectText(claim: unknown): string | undefined {
  const text = typeof claim === 'number' ? String(claim) : claim;
  return typeof text === 'string' && text !== '' && text.length <= MAX_PROJECT_LENGTH ? text : undefined;
}
