import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { checkNumbers } from '../options/option-checks.js';
import { type CallbackCheck } from './callback-check.js';
import { CallbackRejection } from './callback-rejection.js';
import { payloadDigest, payloadMismatch } from './payload-hash.js';
import { quoted } from './quoted-text.js';
import { checkAlgorithm, checkExtensions, examine } from './examination.js';
import { type SignatureKeySource } from './signature-key.js';
import { type CallbackTokenClaims, checkClaims, type ClaimsExpectation } from './token-claims.js';
import { TokenKeys, type UnavailableKeys } from './token-keys.js';
import { type CallbackHeaders, headerValues, readToken, type UnverifiedToken } from './unverified-token.js';

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

/** The kind of callback to expect, or a list of kinds. */
export type OneOrMoreKinds = VideoCallbackKind | readonly VideoCallbackKind[];

/** The secret that made a signature. */
export interface MatchedSecret {
  /** The kind of callback that it is for. */
  readonly kind: VideoCallbackKind;
  /** Its position in the project's list for the kind, from 0. */
  readonly secretPosition: number;
  /** Its name, if it has one. */
  readonly secretName?: string;
}

/** A token with a good signature, issuer and age. */
export interface VerifiedToken extends MatchedSecret {
  /** The project whose secret made the signature: the token's `application_id` or `api_key`, as a string. */
  readonly projectId: string;
  /** The claims as they were signed. */
  readonly claims: CallbackTokenClaims;
  /**
   * All expected kinds that have this secret, if several do. Then only the payload tells the kind, and `kind` is the
   * first of them. Absent if the secret identifies the kind.
   */
  readonly sharedWith?: readonly MatchedSecret[];
}

/** What {@link CallbackVerifier.verifySignature} found. */
export interface VerifiedSignature {
  readonly token: VerifiedToken;
  /** Other expected kinds that may have the same secret, because their keys are unavailable. */
  readonly unavailable: readonly UnavailableKeys[];
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
 * Decides whether a request is a genuine, intact and fresh callback of Vonage. It works without a framework: pass it
 * the headers and the exact bytes of the body.
 *
 * @example
 * const keys = await importSignatureKeys([secret]);
 * const verifier = new CallbackVerifier({ keys: { keysFor: () => keys } });
 * const { claims } = await verifier.verify(request.headers, rawBody, 'archive');
 */
export class CallbackVerifier {
  private readonly keys: TokenKeys;
  private readonly isExpectedUserAgent: (userAgent: string | undefined) => boolean;
  private readonly expectation: ClaimsExpectation;

  /** Whether bodies must have the hash that was signed. */
  get verifiesPayload(): boolean {
    return this.expectation.payloadHashRequired;
  }

  /** @throws {RangeError} if `maxAge` or `clockTolerance` is out of its range */
  constructor(options: CallbackVerifierOptions) {
    this.isExpectedUserAgent = userAgentCheck(options.userAgent ?? VONAGE_CALLBACK_USER_AGENT);
    const { maxAge = DEFAULT_MAX_AGE, clockTolerance = DEFAULT_CLOCK_TOLERANCE } = options;
    checkNumbers('CallbackVerifier', { maxAge, clockTolerance });
    this.keys = new TokenKeys(options.keys, clockTolerance);
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
   * @throws {CallbackRejection} if the request is not genuine, intact and fresh. Any other error comes from the key
   *   source and says nothing about the request
   */
  async verify(headers: CallbackHeaders, rawBody: Uint8Array, kinds: OneOrMoreKinds): Promise<VerifiedRequest> {
    const token = await this.verifyToken(headers, kinds);
    return { ...token, bodyHash: this.verifyPayload(token, rawBody) };
  }

  /**
   * Verifies the headers: who sent the request, and when. The body is not verified.
   *
   * @throws {CallbackRejection} as {@link verify}
   */
  async verifyToken(headers: CallbackHeaders, kinds: OneOrMoreKinds): Promise<VerifiedToken> {
    this.checkUserAgent(headers);
    return (await this.verifySignature(readToken(headers), kindsOf(kinds))).token;
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
   * @param token the result of `readToken`: its claims must be those of its text
   * @throws {CallbackRejection} as {@link verify}
   */
  async verifySignature(token: UnverifiedToken, kinds: readonly VideoCallbackKind[]): Promise<VerifiedSignature> {
    checkAlgorithm(token.header);
    checkExtensions(token.header);
    const { found, unavailable, refusal } = await this.keys.choose(token.claims, kinds);
    const now = new Date();
    const [signer, ...others] = await this.keys.signersOf(token.text, found, now);
    if (signer === undefined) throw refusal();
    const signed = [signer, ...others].map(({ kind }) => kind);
    this.keys.passOver(
      token.claims,
      kinds.filter((kind) => !signed.includes(kind)),
    );
    const { kind, projectId, secret, refused } = signer;
    const judged = { claims: token.claims, refused, now: now.getTime() / 1000, ...this.expectation };
    const claims = checkClaims(judged, { projectId, ...secret });
    const verified = { kind, projectId, claims, ...secret };
    const sharedWith = others
      .filter((other) => other.projectId === projectId)
      .map((other) => ({ kind: other.kind, ...other.secret }));
    return { token: sharedWith.length === 0 ? verified : { ...verified, sharedWith }, unavailable };
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

  /** Compares the body with the signed hash, also if the options accept a mismatch. */
  comparePayload(token: VerifiedToken, rawBody: Uint8Array): PayloadComparison {
    const digest = payloadDigest(rawBody);
    const explanation = payloadMismatch(token.claims.payload_hash ?? '', digest, rawBody.length);
    return {
      bodyHash: digest.toString('hex'),
      mismatch: explanation === undefined ? undefined : notTheSignedBody(token, explanation),
    };
  }

  /**
   * Makes every check of {@link verify}, also after one has failed, to find out why a request is refused. `verify`
   * throws the first failure of this list. Checks that cannot be made are skipped. If the token cannot be read, only
   * the signature and the body are listed, as skipped. A signature without any key to try is skipped. If the project is
   * unknown, the keys already loaded are tried.
   *
   * @param rawBody `undefined` if it is not known
   * @param kinds the kind of callback, or all those that it may be of
   * @param at the moment at which the token is judged. Default now
   * @returns the checks in the order in which {@link verify} makes them. Any error comes from the key source
   */
  async examine(
    headers: CallbackHeaders,
    rawBody: Uint8Array | undefined,
    kinds: OneOrMoreKinds,
    at = new Date(),
  ): Promise<readonly CallbackCheck[]> {
    const { keys, expectation } = this;
    const checkUserAgent = () => {
      this.checkUserAgent(headers);
    };
    return examine({ checkUserAgent, keys, expectation }, { headers, rawBody, kinds: kindsOf(kinds), at });
  }

  /**
   * Looks for the kind of callback whose secret made a refused signature: mixing up the secrets of two webhooks is the
   * most common mistake. Uses only keys that are already loaded.
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
    return this.keys.kindOfSigner(token.text, await this.keys.atHand(token.claims, others));
  }
}

function kindsOf(kinds: OneOrMoreKinds): readonly VideoCallbackKind[] {
  if (kinds.length === 0) throw new TypeError('No kind of callback is named: name one, or a list of them.');
  return typeof kinds === 'string' ? [kinds] : [...new Set(kinds)];
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
    // With the flags g or y a RegExp remembers its last position, and would refuse every second request.
    own.lastIndex = 0;
    return userAgent !== undefined && own.test(userAgent);
  };
}
