import { type ExecutionContext } from '@nestjs/common';
import { type KeepUnusable } from '../../payload/unusable-keeper.js';
import { reportOn } from '../../telemetry/callback-report.js';
import { type CallbackTelemetry } from '../../telemetry/callback-telemetry.js';
import { unusableIdentity } from '../callback-identity.js';
import { type CallbackInbox } from './callback-inbox.js';
import { type StoreAvailability } from '../store/store-availability.js';
import { toStored } from './to-stored.js';

/**
 * Puts a genuine callback whose body cannot be used into the inbox, whose worker will find it unusable too and keep it
 * as failed: a person can look at it, and retry it once the application knows what to do with it.
 */
export function keepInInbox(
  inbox: CallbackInbox,
  store: StoreAvailability,
  telemetry: CallbackTelemetry,
): KeepUnusable {
  return async (context: ExecutionContext, received, rawBody) => {
    const id = unusableIdentity(received.token, rawBody);
    try {
      await store.ask(() => inbox.put(toStored(id, context, received, rawBody)));
      return true;
    } catch (error) {
      store.missed(reportOn(context, received, telemetry), error);
      return false;
    }
  };
}
