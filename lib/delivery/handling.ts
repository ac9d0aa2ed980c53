import { type CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { type Arrival } from './arrival.js';

/** Runs the method and reports how that ended; what the method throws is thrown on. */
export async function handleArrival(arrival: Arrival, telemetry: CallbackTelemetry): Promise<unknown> {
  const { outcome, setAside } = arrival;
  try {
    const value = await arrival.handle();
    telemetry.accepted({ ...outcome, setAside });
    return value;
  } catch (error) {
    telemetry.failed({ ...outcome, error });
    throw error;
  }
}
