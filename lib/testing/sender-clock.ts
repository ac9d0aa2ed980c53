import { setTimeout as wait } from 'node:timers/promises';
import { checkNumbers } from '../options/option-checks.js';

/** Time as a {@link CallbackSender} sees it. */
export interface SenderClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Waits so many milliseconds. */
  sleep(ms: number): Promise<unknown>;
}

/** The clock on the wall. */
export const SYSTEM_CLOCK: SenderClock = { now: () => Date.now(), sleep: (ms) => wait(ms) };

/** A clock on which waiting takes no time, so that a day of retries passes in milliseconds. */
export class VirtualClock implements SenderClock {
  /**
   * @param time milliseconds since the epoch at the start
   * @throws {RangeError} if it is no moment
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
