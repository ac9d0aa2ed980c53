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
 * Is it the first copy? Makes a callback which is intact run its method once, or stores it for later, as the
 * options `ledger` and `inbox` say. It asks first what {@link RawBodyInterceptor} asks, so that Nest has one interceptor
 * to run instead of two.
 *
 * `@VideoCallback` applies it; do not list it again, or a callback waits for its own claim.
 *
 * A method that has begun is waited for even if the sender hangs up, so that it is known whether it completed.
 *
 * @throws what {@link RawBodyInterceptor} throws, and what the method throws
 * @throws {ServiceUnavailableException} 503, if another copy takes longer than `duplicateTimeout`, or if ledger or inbox
 *   are unavailable and `unavailable` is `reject`
 */
@Injectable()
export class DeliveryInterceptor implements NestInterceptor {
  // Optional as in SecureCallbackGuard, which checks that the module is there.
  constructor(
    @Optional() private readonly payload: PayloadCheck,
    @Optional() private readonly telemetry: CallbackTelemetry,
    @Optional() @Inject(DELIVERY_WAY) private readonly way: DeliveryWay,
    @Optional() @Inject(STORE_SETTINGS) private readonly store: StoreSettings,
  ) {}

  /** Called by Nest for every request to the method that the guard let through. */
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
    // What is delivered again was claimed or stored when it arrived.
    const deliver = () => (request.redelivery === undefined ? this.way.deliver(delivery) : handle(delivery));
    return of(await report.trace(deliver));
  }
}

/**
 * What was stored keeps its identity, whatever has changed since. Only where its body could not be used then, and can be
 * now, it is identified as a copy of it would be.
 */
function identityOf({ redelivery, token, tokenAlone, content }: CallbackRequest): string {
  if (redelivery === undefined || redelivery.id === unusableIdentity(tokenAlone, content.rawBody)) {
    // A body that is not verified must not choose its kind either, or a captured token would pass once for each.
    return callbackIdentity(content.isBodyVerified ? token : tokenAlone, content);
  }
  return redelivery.id;
}
