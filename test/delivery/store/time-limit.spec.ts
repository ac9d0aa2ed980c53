import { spawn } from 'node:child_process';
import { describe, expect, it, jest } from '@jest/globals';
import { andThen, isThenable, StorageTimeoutError, withinTime } from '../../../lib/delivery/store/time-limit.js';
import { useFakeTimers } from '../../support/clock.js';
import { fateOf, PENDING, resolvedTo } from '../../support/fate.js';
import { LazyQuery } from '../lazy-query.js';
import { hanging } from '../remote-ledger.js';

describe('an operation of a store', () => {
  useFakeTimers();

  it('that answers at once needs no timer', async () => {
    const answer = withinTime(1000, () => 'claimed');
    expect(jest.getTimerCount()).toBe(0);

    expect(await answer).toBe('claimed');
  });

  it.each([
    ['answers', () => Promise.resolve('claimed'), resolvedTo('claimed')],
    ['fails', () => Promise.reject(new Error('gone')), { state: 'rejected', error: new Error('gone') }],
  ])('that %s in time leaves no timer behind', async (_, operation: () => Promise<string>, fate) => {
    const settled = fateOf(withinTime(1000, operation));
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(0);

    expect(settled()).toEqual(fate);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('that throws fails with what it throws', async () => {
    const operation = (): never => {
      throw new TypeError('no store');
    };

    await expect(withinTime(1000, operation)).rejects.toThrow(new TypeError('no store'));
  });

  it('that does not answer is given up when its time is over, and not before', async () => {
    const settled = fateOf(withinTime(1500, hanging));
    await jest.advanceTimersByTimeAsync(1499);
    expect(settled()).toEqual(PENDING);
    await jest.advanceTimersByTimeAsync(1);

    const { error } = settled();
    expect(error).toBeInstanceOf(StorageTimeoutError);
    expect(error).toMatchObject({
      name: 'StorageTimeoutError',
      code: 'ERR_CALLBACKS_STORAGE_TIMEOUT',
      message: 'no answer within 1.5 s',
    });
  });

  it('does not keep the process alive', () => {
    jest.useRealTimers();
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    void withinTime(1, hanging).catch(() => undefined);

    expect(timers()).toBe(before);
  });

  it('that was answered while the event loop was blocked counts as answered in time', async () => {
    jest.useRealTimers();
    const child = spawn('cat');
    const answer = withinTime(100, () => new Promise((resolve) => child.stdout.once('data', resolve)));
    child.stdin.end('answer');
    const until = performance.now() + 500;
    while (performance.now() < until);

    expect(String(await answer)).toBe('answer');
  });

  it('may fail after the time limit without being reported', async () => {
    let fail: (error: Error) => void = () => undefined;
    const settled = fateOf(withinTime(100, () => new Promise<never>((_, reject) => (fail = reject))));
    await jest.advanceTimersByTimeAsync(100);
    fail(new Error('too late'));
    await jest.advanceTimersByTimeAsync(0);

    expect(settled()).toMatchObject({ error: { name: 'StorageTimeoutError' } });
  });

  it('that is a query of a database is run once', async () => {
    let runs = 0;
    const query = new LazyQuery(() => (runs += 1));

    expect(await withinTime(1000, () => query)).toBe(1);
    expect(runs).toBe(1);
  });
});

describe('what follows an answer', () => {
  const next = (answer: number) => answer + 1;

  it('follows at once where the answer is there', () => {
    expect(andThen(1, next)).toBe(2);
  });

  it('follows later where it is waited for', async () => {
    const following = andThen(Promise.resolve(1), next);
    expect(following).toBeInstanceOf(Promise);

    expect(await following).toBe(2);
    expect(await andThen(new LazyQuery(() => 1), next)).toBe(2);
  });
});

describe('what can be waited for', () => {
  it.each([Promise.resolve(1), new LazyQuery(() => 1), { then: () => undefined }])('has a method then: %p', (value) => {
    expect(isThenable<unknown>(value)).toBe(true);
  });

  it.each([undefined, null, true, 1, 'claimed', {}, [], { then: 'later' }])('is not %p', (value) => {
    expect(isThenable<unknown>(value)).toBe(false);
  });
});
