import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { PayloadCheck } from '../payload/payload-check.js';
import { CallbackRequest } from '../request/callback-request.js';
import { CallbackReport } from '../telemetry/callback-report.js';
import { CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { callbackIdentity, unusableIdentity } from './callback-identity.js';
import { type Delivery, DELIVERY_WAY, type DeliveryWay, handle } from './delivery.js';
import { runMethod } from './method-run.js';
import { STORE_SETTINGS, type StoreSettings } from './store/store-availability.js';

/**
 * Is it the first copy? Runs the method once for an intact callback, or stores the callback for later, as the options
 * `ledger` and `inbox` say. Before that it makes the check of {@link RawBodyInterceptor}, so that Nest runs one
 * interceptor instead of two.
 *
 * `@VideoCallback` applies it. Do not apply it again: a callback would wait for its own claim.
 *
 * If the sender disconnects, a running method is still awaited, so that its result is known.
 *
 * @throws what {@link RawBodyInterceptor} throws, and what the method throws
 * @throws {ServiceUnavailableException} 503, if another copy takes longer than `duplicateTimeout`, or if the ledger or
 *   inbox is unavailable and `unavailable` is `reject`
 */
@Injectable()
export class DeliveryInterceptor implements NestInterceptor {
  // Optional as in SecureCallbackGuard, which checks that the module is imported.
  constructor(
    @Optional() private readonly payload: PayloadCheck,
    @Optional() private readonly telemetry: CallbackTelemetry,
    @Optional() @Inject(DELIVERY_WAY) private readonly way: DeliveryWay,
    @Optional() @Inject(STORE_SETTINGS) private readonly store: StoreSettings,
  ) {}

  /** Called by Nest for every request that the guard accepted. */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = CallbackRequest.of(context);
    await this.payload.run(request, async (rawBody, report) => {
      request.id = unusableIdentity(request.token, rawBody);
      return (await this.way.keepUnusable?.(request, request.id, rawBody, report)) ?? false;
    });
    const id = identityOf(request);
    request.id = id;
    const report = new CallbackReport(this.telemetry, request);
    const delivery: Delivery = {
      id,
      request,
      report,
      handle: () => {
        const method = () => lastValueFrom(next.handle(), { defaultValue: undefined });
        return runMethod(id, this.store.storageTimeoutMs, method);
      },
    };
    // A redelivered callback was claimed or stored when it arrived.
    const deliver = () => (request.redelivery === undefined ? this.way.deliver(delivery) : handle(delivery));
    return of(await report.trace(deliver));
  }
}

/**
 * A stored callback keeps its identity. Exception: if its body was unusable when it was stored and is usable now, it
 * gets the identity that a copy of it would get.
 */
function identityOf({ redelivery, token, tokenAlone, content }: CallbackRequest): string {
  if (redelivery === undefined || redelivery.id === unusableIdentity(tokenAlone, content.rawBody)) {
    // An unverified body must not choose its kind, or a captured token would be accepted once for each kind.
    return callbackIdentity(content.isBodyVerified ? token : tokenAlone, content);
  }
  return redelivery.id;
}
