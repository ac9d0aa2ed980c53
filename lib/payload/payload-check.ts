import {
  type HttpException,
  Injectable,
  InternalServerErrorException,
  PayloadTooLargeException,
  RequestTimeoutException,
  ServiceUnavailableException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { kindOfCallback, readCallback, type Violation } from '../callbacks/catalogue.js';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { type CallbackContent, type CallbackRequest } from '../request/callback-request.js';
import { CallbackReport } from '../telemetry/callback-report.js';
import { CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { CallbackRejectedException } from '../verification/callback-rejected.exception.js';
import { CallbackRejection } from '../verification/callback-rejection.js';
import { CallbackVerifier, type VerifiedToken } from '../verification/callback-verifier.js';
import { isJsonObject } from '../callbacks/json-object.js';
import { explainPayload } from '../verification/payload-hash.js';
import { parseJson, showRawBody, signedBytes, TooManyBodiesError, UnusableBody } from './callback-body.js';
import { InvalidPayloadException } from './invalid-payload.exception.js';
import { RawBodyReader } from './raw-body.reader.js';

/**
 * Keeps a genuine callback whose body cannot be used.
 *
 * @returns whether it is kept; never rejects
 */
type KeepUnusable = (rawBody: Buffer, report: CallbackReport) => Promise<boolean>;

/** Longest body whose hash mismatch is explained, in bytes: the explanation prints the body in a dozen ways. */
const MAX_EXPLAINED = 65_536;

/** Checks whether a callback is intact, and reads its content. */
@Injectable()
export class PayloadCheck {
  constructor(
    private readonly verifier: CallbackVerifier,
    private readonly reader: RawBodyReader,
    private readonly telemetry: CallbackTelemetry,
  ) {}

  /**
   * Compares the exact bytes of the body with the hash that was signed, and fills in the request's `content`.
   *
   * @param keep asked before a body that cannot be used is refused
   * @throws {UnsecuredRouteError} if the guard has not verified the request
   * @throws {CallbackRejectedException} 401, if the body is not the one that was signed
   * @throws {InvalidPayloadException} 400, if it is not a JSON object or a required field is missing
   * @throws {HttpException} 408, 413, 415, if the body is late, too large, or not plain JSON; 500, if something in the
   *   application read the body first; 503, if the process keeps too many bodies
   */
  async run(request: CallbackRequest, keep?: KeepUnusable): Promise<void> {
    const { token, clock } = request;
    const startedAt = performance.now();
    let rawBody: Buffer | undefined;
    try {
      const reading = this.reader.readVerified(request);
      rawBody = signedBytes(request, reading instanceof Promise ? await reading : reading);
      request.content = this.contentOf(request, rawBody);
    } catch (error) {
      clock.add('payload', startedAt);
      throw await this.refusal(error, request, token, rawBody, keep);
    }
    showPayload(request);
    clock.add('payload', startedAt);
  }

  private contentOf(request: CallbackRequest, rawBody: Buffer): CallbackContent {
    const { token } = request;
    const { verifiesPayload: isBodyVerified } = this.verifier;
    const { bodyHash, mismatch } = this.verifier.comparePayload(token, rawBody);
    if (mismatch !== undefined && isBodyVerified) throw mismatch;
    const payload = payloadObject(rawBody);
    const reading = readCallback(settledKind(request, payload, rawBody), payload);
    if (!reading.usable) throw new UnusableBody(400, reading.violations, rawBody);
    if (mismatch !== undefined) new CallbackReport(this.telemetry, request).tolerated(mismatch.message);
    return { rawBody, bodyHash, isBodyVerified, payload, callback: reading.callback, setAside: reading.setAside };
  }

  /** Reports why a callback is refused and returns the exception for its sender. */
  private async refusal(
    error: unknown,
    request: CallbackRequest,
    token: VerifiedToken,
    rawBody: Buffer | undefined,
    keep: KeepUnusable | undefined,
  ): Promise<HttpException> {
    const { redelivery } = request;
    const report = new CallbackReport(this.telemetry, request);
    if (redelivery !== undefined) {
      redelivery.state = error instanceof UnusableBody ? 'unusable' : 'failed';
      redelivery.failure = error;
    }
    if (error instanceof CallbackRejection) {
      report.rejected(error, () => rawBody && explainMismatch(rawBody, token));
      return new CallbackRejectedException(error.reason);
    }
    if (error instanceof UnusableBody) {
      const { status, violations, rawBody: unusable } = error;
      // A redelivered callback is already in the inbox.
      const isKept = redelivery !== undefined || (unusable !== undefined && (await keep?.(unusable, report)) === true);
      report.unusable({ status, violations, rawBody: unusable, isKept });
      return answerTo(status, violations);
    }
    if (error instanceof UnknownKind) {
      const { route, address, clock } = request;
      const place = { kind: 'unknown', route, address, durations: clock.durations() } as const;
      this.telemetry.report('unavailable', () => ({ ...place, dependency: 'secrets', error: error.cause }));
      return new ServiceUnavailableException();
    }
    report.failed(error);
    return error instanceof TooManyBodiesError ? new ServiceUnavailableException() : new InternalServerErrorException();
  }
}

/**
 * The signature is good, but the kind is not certain: the secrets of another kind are unavailable and might match too.
 */
class UnknownKind extends Error {
  /** @param cause the error of the key source */
  constructor(override readonly cause: unknown) {
    super('the secrets of another kind are unavailable');
  }
}

function explainMismatch(rawBody: Buffer, { claims }: VerifiedToken): string | undefined {
  if (rawBody.length > MAX_EXPLAINED) return undefined;
  return `What became of it: ${explainPayload(rawBody, (claims.payload_hash ?? '').toLowerCase())}`;
}

/** Parses a body that was not read, or not parsed, before its sender was verified. */
function showPayload({ platform, content: { payload, rawBody } }: CallbackRequest): void {
  if (platform.body === undefined) Reflect.set(platform, 'body', payload);
  if (platform.rawBody === undefined) showRawBody(platform, rawBody);
}

/**
 * Finds the kind of the callback and sets it on the request's token.
 *
 * @throws {UnusableBody} if several kinds share the secret and the payload does not tell the kind
 * @throws {UnknownKind} if it may belong to a kind whose secrets are unavailable
 */
function settledKind(request: CallbackRequest, payload: Record<string, unknown>, rawBody: Buffer): VideoCallbackKind {
  const { token, attempt, kinds, unavailableKeys } = request;
  const { sharedWith = [], ...own } = token;
  const secrets = [own, ...sharedWith];
  const signed = secrets.map((secret) => secret.kind);
  const kind = kindOfCallback(signed, kinds, payload);
  const [unavailable] = unavailableKeys;
  if (unavailable !== undefined) {
    const perhapsSigned = [...signed, ...unavailableKeys.map((keys) => keys.kind)];
    if (kindOfCallback(perhapsSigned, kinds, payload) !== kind) throw new UnknownKind(unavailable.error);
  }
  if (kind === undefined) {
    const message = `${signed.join(' and ')} callbacks have the same secret, and neither the event nor a field tells the kind`;
    throw new UnusableBody(400, [{ path: '', message }], rawBody);
  }
  if (kind !== token.kind || sharedWith.length > 0) {
    const { projectId, claims } = own;
    const secret = secrets.find((one) => one.kind === kind) ?? own;
    request.admit({ projectId, claims, ...secret, kind }, attempt);
  }
  return kind;
}

function payloadObject(rawBody: Buffer): Record<string, unknown> {
  let payload: unknown;
  try {
    payload = parseJson(rawBody);
  } catch {
    throw new UnusableBody(400, [{ path: '', message: 'the body is not JSON in UTF-8' }], rawBody);
  }
  if (!isJsonObject(payload)) {
    throw new UnusableBody(400, [{ path: '', message: 'the body is not a JSON object' }], rawBody);
  }
  return payload;
}

function answerTo(status: UnusableBody['status'], violations: readonly Violation[]): HttpException {
  switch (status) {
    case 400:
      return new InvalidPayloadException(violations);
    case 408:
      return new RequestTimeoutException();
    case 413:
      return new PayloadTooLargeException();
    case 415:
      return new UnsupportedMediaTypeException();
  }
}
