import { type CallHandler, type ExecutionContext, Inject, Injectable, Optional } from '@nestjs/common';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { RawBodyInterceptor } from '../payload/raw-body.interceptor.js';
import { RawBodyReader } from '../payload/raw-body.reader.js';
import { KEEP_UNUSABLE, type KeepUnusable } from '../payload/unusable-keeper.js';
import { type HandedOverCallback } from '../request/handed-over-callback.js';
import { nodeRequest, nodeResponse } from '../request/platform-request.js';
import { redeliveredCallback, type RedeliveredCallback } from '../request/redelivered-callback.js';
import { type TraceContext } from '../request/trace-context.js';
import { reportOn } from '../telemetry/callback-report.js';
import { CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { CallbackVerifier } from '../verification/callback-verifier.js';
import { type Arrival, DELIVERY_WAY, type DeliveryWay } from './arrival.js';
import { callbackIdentity } from './callback-identity.js';
import { handleArrival } from './handling.js';
import { hangUpSignal } from './hang-up.js';
import { toStored } from './inbox/to-stored.js';

/**
 * Is it the first time? Sees to it that a callback which is intact runs its method once, or is stored for later, as the
 * options `ledger` and `inbox` say. Does all that {@link RawBodyInterceptor} does before: as an interceptor of its own
 * behind that one it would take Nest a twentieth of a callback's time.
 *
 * A method that has begun is waited for even if the sender hangs up, so that it is known whether it completed.
 *
 * @throws what {@link RawBodyInterceptor} throws, and what the method throws
 * @throws {ServiceUnavailableException} 503, if another copy takes longer than `duplicateTimeout`, or if ledger or inbox
 *   are away and `unavailable` is `reject`
 */
@Injectable()
export class DeliveryInterceptor extends RawBodyInterceptor {
  // Optional as in SecureCallbackGuard, which checks that the module is there.
  constructor(
    @Optional() verifier: CallbackVerifier,
    @Optional() telemetry: CallbackTelemetry,
    @Optional() reader: RawBodyReader,
    @Optional() @Inject(DELIVERY_WAY) private readonly way: DeliveryWay,
    @Optional() @Inject(KEEP_UNUSABLE) keepUnusable?: KeepUnusable,
  ) {
    super(verifier, telemetry, reader, keepUnusable);
  }

  protected override async passOn(
    context: ExecutionContext,
    callback: HandedOverCallback,
    next: CallHandler,
  ): Promise<Observable<unknown>> {
    const redelivered = redeliveredCallback(nodeRequest(context));
    const arrival = this.arrivalOf(context, callback, next, redelivered?.traceContext ?? {});
    const { report, traceContext } = arrival;
    const value = await report.trace({ traceContext, isRedelivery: redelivered !== undefined }, () =>
      // What is delivered again was claimed or stored when it arrived.
      redelivered === undefined ? this.way.deliver(arrival) : handleRedelivered(arrival, redelivered),
    );
    return of(value);
  }

  private arrivalOf(
    context: ExecutionContext,
    callback: HandedOverCallback,
    next: CallHandler,
    traceContext: TraceContext,
  ): Arrival {
    const { token, content, clock } = callback;
    const id = callbackIdentity(token, content);
    return {
      id,
      report: reportOn(context, callback, this.telemetry),
      clock,
      setAside: content.setAside,
      traceContext,
      handle: () => lastValueFrom(next.handle(), { defaultValue: undefined }),
      abandoned: () => hangUpSignal(nodeResponse(context)),
      toStored: () => toStored(id, context, callback, content.rawBody, traceContext),
    };
  }
}

async function handleRedelivered(arrival: Arrival, redelivered: RedeliveredCallback): Promise<unknown> {
  const value = await handleArrival(arrival, (error) => {
    redelivered.failure = error;
    // The answer may have come before, as from an interceptor that limits the time: that was reported as the failure.
    if (redelivered.isReported) return;
    redelivered.isReported = true;
    arrival.report.failed(error);
  });
  redelivered.isCompleted = true;
  return value;
}
