import { type Arrival } from './arrival.js';

/**
 * Runs the method and reports how that ended; what the method throws is thrown on.
 *
 * @param reportFailure reports what the method threw
 */
export async function handleArrival(
  arrival: Arrival,
  reportFailure = (error: unknown): void => {
    arrival.report.failed(error);
  },
): Promise<unknown> {
  const { report, clock, setAside } = arrival;
  const startedAt = performance.now();
  let value: unknown;
  try {
    value = await arrival.handle();
  } catch (error) {
    clock.add('handling', startedAt);
    reportFailure(error);
    throw error;
  }
  clock.add('handling', startedAt);
  report.accepted(setAside);
  return value;
}
