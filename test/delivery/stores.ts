import { StoreAvailability, type StoreSettings } from '../../lib/delivery/store/store-availability.js';
import { CallbackTelemetry } from '../../lib/telemetry/callback-telemetry.js';

/** How a test uses a store: for up to 2 s per operation, unless it says otherwise. The store answers every probe. */
export function storeOf(
  settings: Partial<StoreSettings> = {},
  telemetry: CallbackTelemetry = new CallbackTelemetry(),
): StoreAvailability {
  return new StoreAvailability(
    { dependency: 'ledger', policy: 'handle', storageTimeoutMs: 2000, probe: () => undefined, ...settings },
    telemetry,
  );
}
