import { afterAll, beforeAll, beforeEach, jest } from '@jest/globals';

/** Longer than the log sums lines up for, in ms. */
const WINDOW_MS = 61_000;

/** Gives each test of a `describe` a time of its own, so that none finds its lines summed up with those of another. */
export function useOwnLogWindows(): void {
  const now = performance.now.bind(performance);
  let ahead = 0;
  beforeAll(() => {
    jest.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  });
  beforeEach(() => {
    ahead += WINDOW_MS;
  });
  afterAll(() => {
    jest.restoreAllMocks();
  });
}
