import { type ExecutionContext } from '@nestjs/common';
import { type DeliverCallback } from '../payload/deliver-callback.js';
import { type HandedOverCallback } from '../request/handed-over-callback.js';
import { nodeRequest, nodeResponse } from '../request/platform-request.js';
import { redeliveredCallback, type RedeliveredCallback } from '../request/redelivered-callback.js';
import { type TraceContext } from '../request/trace-context.js';
import { reportOn } from '../telemetry/callback-report.js';
import { type CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { type Arrival, type DeliveryWay } from './arrival.js';
import { callbackIdentity } from './callback-identity.js';
import { handleArrival } from './handling.js';
import { hangUpSignal } from './hang-up.js';
import { toStored } from './to-stored.js';

/** Injection token of the {@link DeliveryWay} that the options chose. */
export const DELIVERY_WAY = Symbol('VideoCallbacksModule: delivery way');

/**
 * Is it the first time? Sees to it that a callback runs its method once, or stores it for later, as the options `ledger`
 * and `inbox` say.
 *
 * A method that has begun is waited for even if the sender hangs up, so that it is known whether it completed.
 */
export function deliverBy(way: DeliveryWay, telemetry: CallbackTelemetry): DeliverCallback {
  return (context, callback, handle) => {
    const redelivered = redeliveredCallback(nodeRequest(context));
    const { traceContext = {} } = redelivered ?? {};
    const arrival = arrivalOf(context, callback, handle, traceContext, telemetry);
    return arrival.report.trace({ traceContext, isRedelivery: redelivered !== undefined }, () =>
      // What is delivered again was claimed or stored when it arrived.
      redelivered === undefined ? way.deliver(arrival) : handleRedelivered(arrival, redelivered),
    );
  };
}

function arrivalOf(
  context: ExecutionContext,
  callback: HandedOverCallback,
  handle: () => Promise<unknown>,
  traceContext: TraceContext,
  telemetry: CallbackTelemetry,
): Arrival {
  const { token, content, clock } = callback;
  const id = callbackIdentity(token, content);
  return {
    id,
    report: reportOn(context, callback, telemetry),
    clock,
    setAside: content.setAside,
    traceContext,
    handle,
    abandoned: () => hangUpSignal(nodeResponse(context)),
    toStored: () => toStored(id, context, callback, content.rawBody, traceContext),
  };
}

async function handleRedelivered(arrival: Arrival, redelivered: RedeliveredCallback): Promise<unknown> {
  redelivered.isTold = true;
  const value = await handleArrival(arrival);
  redelivered.isCompleted = true;
  return value;
}
