import {
  type CallHandler,
  type ExecutionContext,
  type HttpException,
  Inject,
  Injectable,
  InternalServerErrorException,
  type NestInterceptor,
  Optional,
  PayloadTooLargeException,
  RequestTimeoutException,
  ServiceUnavailableException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { type Observable } from 'rxjs';
import { readCallback, type Violation } from '../callbacks/catalogue.js';
import { type HandedOverCallback, handOver } from '../request/handed-over-callback.js';
import { nodeRequest, nodeResponse, platformRequest } from '../request/platform-request.js';
import { type CallbackContent, receivedCallback, type ReceivedCallback } from '../request/received-callback.js';
import { redeliveredCallback } from '../request/redelivered-callback.js';
import { routeOf } from '../request/route.js';
import { UnsecuredRouteError } from '../request/unsecured-route.error.js';
import { CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { reportOn } from '../telemetry/callback-report.js';
import { CallbackRejectedException } from '../verification/callback-rejected.exception.js';
import { CallbackRejection } from '../verification/callback-rejection.js';
import { CallbackVerifier, type VerifiedToken } from '../verification/callback-verifier.js';
import { isJsonObject } from '../verification/json-text.js';
import { explainPayload } from '../verification/payload-explanation.js';
import { callbackBody, TooManyBodiesError } from './callback-body.js';
import { InvalidPayloadException } from './invalid-payload.exception.js';
import { parseJson } from './json-payload.js';
import { RawBodyReader, showRawBody } from './raw-body.reader.js';
import { KEEP_UNUSABLE, type KeepUnusable } from './unusable-keeper.js';
import { UnusableBody } from './unusable-body.js';

/**
 * Is it intact, and what is it? Holds the exact bytes of the body against the hash that was signed and makes the
 * validated DTO of them. Runs behind {@link SecureCallbackGuard}, so that nothing is hashed for an unverified sender.
 *
 * @throws {CallbackRejectedException} 401, if the body is not the one that was signed
 * @throws {InvalidPayloadException} 400, if it is not a JSON object or lacks what a handler cannot do without
 * @throws {HttpException} 408, 413, 415, if the body is late, too large, or not plain JSON; 500, if something in the
 *   application read the body first; 503, if the process keeps too many bodies
 */
@Injectable()
export class RawBodyInterceptor implements NestInterceptor {
  // Optional as in SecureCallbackGuard, which checks them.
  constructor(
    @Optional() private readonly verifier: CallbackVerifier,
    @Optional() protected readonly telemetry: CallbackTelemetry,
    @Optional() private readonly reader: RawBodyReader,
    @Optional() @Inject(KEEP_UNUSABLE) private readonly keepUnusable?: KeepUnusable,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const received = receivedCallback(nodeRequest(context));
    if (received === undefined) {
      throw new UnsecuredRouteError(`${routeOf(context)}: RawBodyInterceptor runs without SecureCallbackGuard.`);
    }
    const startedAt = performance.now();
    let rawBody: Buffer | undefined;
    let content: CallbackContent;
    try {
      const reading = this.reader.readVerified(nodeRequest(context), nodeResponse(context));
      rawBody = callbackBody(context, reading instanceof Promise ? await reading : reading);
      content = this.contentOf(context, received, rawBody);
    } catch (error) {
      received.clock.add('payload', startedAt);
      return this.refuse(error, context, received, rawBody);
    }
    showPayload(context, content);
    received.clock.add('payload', startedAt);
    return this.passOn(context, handOver(received, content), next);
  }

  /** What follows once the content was found good. */
  protected passOn(
    _context: ExecutionContext,
    _callback: HandedOverCallback,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    return next.handle();
  }

  private contentOf(context: ExecutionContext, received: ReceivedCallback, rawBody: Buffer): CallbackContent {
    const { token } = received;
    const { bodyHash, mismatch } = this.verifier.comparePayload(token, rawBody);
    if (mismatch !== undefined && this.verifier.verifiesPayload) throw mismatch;
    const payload = payloadObject(rawBody);
    const reading = readCallback(token.kind, payload);
    if (!reading.usable) throw new UnusableBody(400, reading.violations, rawBody);
    if (mismatch !== undefined) reportOn(context, received, this.telemetry).tolerated(mismatch.message);
    return {
      rawBody,
      bodyHash,
      isIntact: this.verifier.verifiesPayload,
      payload,
      callback: reading.callback,
      setAside: reading.setAside,
    };
  }

  private async refuse(
    error: unknown,
    context: ExecutionContext,
    received: ReceivedCallback,
    rawBody: Buffer | undefined,
  ): Promise<never> {
    const redelivered = redeliveredCallback(nodeRequest(context));
    const isUnusable = error instanceof UnusableBody;
    if (redelivered !== undefined) Object.assign(redelivered, { isReported: true, isUnusable, failure: error });
    // What is delivered again is in the inbox already.
    let isKept = redelivered !== undefined;
    if (!isKept && isUnusable && error.rawBody !== undefined) {
      isKept = (await this.keepUnusable?.(context, received, error.rawBody)) ?? false;
    }
    throw this.refusal(error, context, received, rawBody, isKept);
  }

  /** Reports why a callback ends here and makes the answer to its sender. */
  private refusal(
    error: unknown,
    context: ExecutionContext,
    received: ReceivedCallback,
    rawBody: Buffer | undefined,
    isKept: boolean,
  ): HttpException {
    const report = reportOn(context, received, this.telemetry);
    if (error instanceof CallbackRejection) {
      report.rejected(error, () => rawBody && explainMismatch(rawBody, received.token));
      return new CallbackRejectedException(error.reason);
    }
    if (error instanceof UnusableBody) {
      const { status, violations } = error;
      report.unusable({ status, violations, rawBody: error.rawBody, isKept });
      return answerTo(status, violations);
    }
    report.failed(error);
    return error instanceof TooManyBodiesError ? new ServiceUnavailableException() : new InternalServerErrorException();
  }
}

/** Longest body of which it is found out what became of it, in bytes: it is printed in a dozen ways. */
const MAX_EXPLAINED = 65_536;

function explainMismatch(rawBody: Buffer, { claims }: VerifiedToken): string | undefined {
  if (rawBody.length > MAX_EXPLAINED) return undefined;
  return `What became of it: ${explainPayload(rawBody, (claims.payload_hash ?? '').toLowerCase())}`;
}

/** Of a body that was not read, or not parsed, before its sender was verified. */
function showPayload(context: ExecutionContext, { payload, rawBody }: CallbackContent): void {
  const request = platformRequest(context);
  if (request.body === undefined) Reflect.set(request, 'body', payload);
  if (request.rawBody === undefined) showRawBody(request, rawBody);
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
