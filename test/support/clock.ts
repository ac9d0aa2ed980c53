import { afterEach, beforeEach, jest } from '@jest/globals';

/** What jest can fake. */
const EVERYTHING = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

type Clock = (typeof EVERYTHING)[number];

/** Sockets go on as always: nothing is faked but one clock. */
function fake(clock: Clock | readonly Clock[], now = Date.now()): void {
  jest.useFakeTimers({ now, doNotFake: EVERYTHING.filter((name) => ![clock].flat().includes(name)) });
}

/** Stops the date at a time in seconds since the epoch, until the test is over. */
export function useStoppedDate(): (seconds: number) => void {
  afterEach(() => {
    jest.useRealTimers();
  });
  return (seconds) => {
    fake('Date', seconds * 1000);
  };
}

/** Stops the clock of `performance.now()`, until the test is over, and returns how to set it forward. */
export function useStoppedPerformanceClock(): () => { forward(seconds: number): void } {
  afterEach(() => {
    jest.useRealTimers();
  });
  return () => {
    fake('performance');
    return {
      forward: (seconds) => {
        jest.advanceTimersByTime(seconds * 1000);
      },
    };
  };
}

/** Fakes the timers of every test, which then go off when a test lets the time pass; no clock stops. */
export function useFakeTimers(): void {
  beforeEach(() => {
    jest.useFakeTimers({
      doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
}

/**
 * Stops the timers of `setTimeout` and the clock of `performance.now()`, until the test is over, and returns how to let
 * time pass and how many timers there are.
 */
export function useStoppedTimers(): () => { forward(seconds: number): void; readonly count: number } {
  afterEach(() => {
    jest.useRealTimers();
  });
  return () => {
    fake(['performance', 'setTimeout', 'clearTimeout']);
    return {
      forward: (seconds) => {
        jest.advanceTimersByTime(seconds * 1000);
      },
      get count() {
        return jest.getTimerCount();
      },
    };
  };
}
