import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { handedOverCallback } from '../request/handed-over-callback.js';
import { nodeRequest, nodeResponse } from '../request/platform-request.js';
import { redeliveredCallback, type RedeliveredCallback } from '../request/redelivered-callback.js';
import { type TraceContext } from '../request/trace-context.js';
import { CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { reportOn } from '../telemetry/callback-report.js';
import { type Arrival, type DeliveryWay } from './arrival.js';
import { callbackIdentity } from './callback-identity.js';
import { handleArrival } from './handling.js';
import { hangUpSignal } from './hang-up.js';
import { toStored } from './to-stored.js';

/** Injection token of the {@link DeliveryWay} that the options chose. */
export const DELIVERY_WAY = Symbol('VideoCallbacksModule: delivery way');

/**
 * Is it the first time? Sees to it that a callback runs its method once, or stores it for later, as the options `ledger`
 * and `inbox` say. Runs behind {@link RawBodyInterceptor}.
 *
 * A method that has begun is waited for even if the sender hangs up, so that it is known whether it completed.
 */
@Injectable()
export class DeliveryInterceptor implements NestInterceptor {
  // Optional as in SecureCallbackGuard, which checks that the module is there.
  constructor(
    @Optional() private readonly telemetry: CallbackTelemetry,
    @Optional() @Inject(DELIVERY_WAY) private readonly way: DeliveryWay,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const redelivered = redeliveredCallback(nodeRequest(context));
    const arrival = this.arrivalOf(context, next, redelivered?.traceContext ?? {});
    const { report, traceContext } = arrival;
    const value = await report.trace({ traceContext, isRedelivery: redelivered !== undefined }, () =>
      // What is delivered again was claimed or stored when it arrived.
      redelivered === undefined ? this.way.deliver(arrival) : handleRedelivered(arrival, redelivered),
    );
    return of(value);
  }

  private arrivalOf(context: ExecutionContext, next: CallHandler, traceContext: TraceContext): Arrival {
    const callback = handedOverCallback(context);
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
  redelivered.isTold = true;
  const value = await handleArrival(arrival);
  redelivered.isCompleted = true;
  return value;
}
