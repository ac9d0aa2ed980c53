import { describe, expect, it, jest } from '@jest/globals';
import { BackgroundCheck } from '../../../lib/delivery/store/recovery.js';
import { useFakeTimers } from '../../support/clock.js';

describe('BackgroundCheck', () => {
  useFakeTimers();
  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

  function start(hasSucceeded: (run: number) => boolean | Promise<boolean>) {
    const times: number[] = [];
    const begin = jest.now();
    const check = new BackgroundCheck(() => {
      times.push(jest.now() - begin);
      return Promise.resolve(hasSucceeded(times.length));
    });
    check.start();
    return { check, times };
  }

  it('runs at once, and once if that succeeds', async () => {
    const { times } = start(() => true);
    await pass(60_000);

    expect(times).toEqual([0]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('runs again in pauses that double up to 5 s until it succeeds', async () => {
    const { times } = start((run) => run === 8);
    await pass(60_000);

    expect(times).toEqual([0, 250, 750, 1750, 3750, 7750, 12_750, 17_750]);
  });

  it('runs once at a time, however often it is started', async () => {
    let end: (hasSucceeded: boolean) => void = () => undefined;
    const { check, times } = start(() => new Promise((resolve) => (end = resolve)));
    check.start();
    await pass(0);
    check.start();
    await pass(60_000);
    expect(times).toEqual([0]);
    end(true);
    await pass(60_000);

    expect(times).toEqual([0]);
  });

  it('does not begin a new series with a short pause until the pauses are reset', async () => {
    const { check, times } = start(() => true);
    await pass(0);
    check.start();
    await pass(249);
    expect(times).toEqual([0]);
    await pass(1);
    check.resetPauses();
    check.start();
    await pass(0);

    expect(times).toEqual([0, 250, 250]);
  });

  it('does not run after it was closed', async () => {
    const { check, times } = start(() => false);
    await pass(0);
    check.close();
    check.start();
    await pass(60_000);

    expect(times).toEqual([0]);
  });

  it('does not run after it was closed while it ran', async () => {
    let end: (hasSucceeded: boolean) => void = () => undefined;
    const { check, times } = start(() => new Promise((resolve) => (end = resolve)));
    await pass(0);
    check.close();
    end(false);
    await pass(60_000);

    expect(times).toEqual([0]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('runs again after it has thrown', async () => {
    const { times } = start((run) => run > 1 || Promise.reject(new Error('the logger failed')));
    await pass(60_000);

    expect(times).toEqual([0, 250]);
  });

  it('does not keep the process alive', () => {
    jest.useRealTimers();
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const { check } = start(() => true);

    expect(timers()).toBe(before);
    check.close();
  });
});
