import { jest } from '@jest/globals';
import type fc from 'fast-check';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

/** More steps than any delivery needs. */
const MANY = 5000;

/** How long each step takes, in ms: what is scheduled happens in a moment, or the time passes and timers go off. */
export interface Pace {
  readonly scheduler: fc.Scheduler;
  /** For each step whether, rather than what is scheduled next, 50 ms pass. */
  readonly passes: Iterator<boolean>;
}

/**
 * Lets happen what is scheduled, and the time pass, until all promises are settled, nothing is scheduled any more and no
 * timer is left.
 *
 * @throws {Error} if that does not come to an end
 */
export async function play<Result>(promises: readonly Promise<Result>[], pace: Pace): Promise<Result[]> {
  let open = promises.length;
  const results = Promise.all(
    promises.map((promise) =>
      promise.finally(() => {
        open -= 1;
      }),
    ),
  );
  // It is awaited in the end, and must not be unhandled until then.
  results.catch(() => undefined);
  for (let steps = 0; open > 0 || pace.scheduler.count() > 0 || jest.getTimerCount() > 0; steps += 1) {
    if (steps > MANY) throw new Error(`${open} of ${promises.length} do not come to an end`);
    if (pace.scheduler.count() === 0 || pace.passes.next().value === true) jest.advanceTimersByTime(50);
    else await pace.scheduler.waitNext(1);
    await turnOfTheLoop();
  }
  return results;
}
