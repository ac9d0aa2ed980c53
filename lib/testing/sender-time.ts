import { setTimeout as wait } from 'node:timers/promises';
import { checkNumbers } from '../options/option-checks.js';

/** Time as a {@link CallbackSender} sees it. */
export interface SenderClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Waits for a number of milliseconds. */
  sleep(ms: number): Promise<unknown>;
}

/** The clock of the system. */
export const SYSTEM_CLOCK: SenderClock = { now: () => Date.now(), sleep: (ms) => wait(ms) };

/** A clock on which waiting takes no time, so that a day of retries passes in milliseconds. */
export class VirtualClock implements SenderClock {
  /**
   * @param time milliseconds since the epoch at the start
   * @throws {RangeError} if it is not a valid time
   */
  constructor(private time: number = Date.now()) {
    checkNumbers('VirtualClock', { time });
  }

  now(): number {
    return this.time;
  }

  sleep(ms: number): Promise<void> {
    this.time += ms;
    return Promise.resolve();
  }
}

/** First wait before a retry, in ms. */
const FIRST_WAIT_MS = 5_000;
/** Longest wait before a retry, in ms. */
const LONGEST_WAIT_MS = 15 * 60_000;
/** How long a callback is retried, in ms. */
const WINDOW_MS = 24 * 3_600_000;

/**
 * The waits before each retry of a callback that could not be delivered, in ms: 5 s, doubling to 15 min, for 24 h.
 * Source: Vonage support, "What happens to the callback events if my application server goes down?".
 */
export function* retryWaits(): Generator<number, void> {
  let waitedMs = 0;
  for (let waitMs = FIRST_WAIT_MS; waitedMs + waitMs <= WINDOW_MS; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    yield waitMs;
    waitedMs += waitMs;
  }
}
