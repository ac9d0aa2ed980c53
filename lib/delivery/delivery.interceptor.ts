import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { handedOverCallback, type HandedOverCallback } from '../request/handed-over-callback.js';
import { nodeRequest, nodeResponse } from '../request/platform-request.js';
import { redeliveredCallback } from '../request/redelivered-callback.js';
import { CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { genuineOutcome } from '../telemetry/genuine-outcome.js';
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

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const arrival = this.arrivalOf(context, handedOverCallback(context), next);
    const redelivered = redeliveredCallback(nodeRequest(context));
    if (redelivered === undefined) return defer(() => this.way.deliver(arrival));
    // It was claimed or stored when it arrived.
    return defer(async () => {
      const value = await handleArrival(arrival, this.telemetry);
      redelivered.isCompleted = true;
      return value;
    });
  }

  private arrivalOf(context: ExecutionContext, callback: HandedOverCallback, next: CallHandler): Arrival {
    const { token, content } = callback;
    const id = callbackIdentity(token, content);
    return {
      id,
      outcome: genuineOutcome(context, token),
      setAside: content.setAside,
      handle: () => lastValueFrom(next.handle(), { defaultValue: undefined }),
      abandoned: () => hangUpSignal(nodeResponse(context)),
      toStored: () => toStored(id, callback, content.rawBody, nodeRequest(context)),
    };
  }
}
