import { type Arrival } from './arrival.js';

/** Runs the method and reports how that ended; what the method throws is thrown on. */
export async function handleArrival(arrival: Arrival): Promise<unknown> {
  const { report, clock, setAside } = arrival;
  const startedAt = performance.now();
  let value: unknown;
  try {
    value = await arrival.handle();
  } catch (error) {
    clock.add('handling', startedAt);
    report.failed(error);
    throw error;
  }
  clock.add('handling', startedAt);
  report.accepted(setAside);
  return value;
}
