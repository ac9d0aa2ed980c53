import { jest } from '@jest/globals';
import fc from 'fast-check';

// Many runs on a machine that has other work take longer than the 5 s of jest; the number of runs is their bound.
jest.setTimeout(60_000);

/** `PROPERTY_RUNS=10` runs each property ten times as often, for example after a change of what it is about. */
const FACTOR = Number(process.env['PROPERTY_RUNS'] ?? 1);

/**
 * Runs a property so often, with other values each time. A failure prints its seed; with it in `PROPERTY_SEED` the same
 * values come again, and what failed is made as small as it can be.
 */
export function holds<Values>(property: fc.IAsyncProperty<Values> | fc.IProperty<Values>, runs: number): Promise<void> {
  const seed = process.env['PROPERTY_SEED'];
  // To shrink takes many more runs, which a test of bounded time has not.
  const choice = seed === undefined ? { endOnFailure: true } : { seed: Number(seed) };
  return Promise.resolve(fc.assert(property, { numRuns: FACTOR * runs, ...choice }));
}
