import { describe, expect, it, jest } from '@jest/globals';
import { BackgroundCheck, PendingRecords, type WriteRecord } from '../../../lib/delivery/store/recovery.js';
import { useFakeTimers } from '../../support/clock.js';

const MOST = 100_000;
const run = async (write: WriteRecord): Promise<void> => write();
const isAvailable = (): boolean => true;
const isUnavailable = (): boolean => false;

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

describe('PendingRecords', () => {
  function start(...keys: string[]) {
    const written: string[] = [];
    const failing = new Set<string>();
    const records = new PendingRecords();
    const add = (key: string): void => {
      records.add(key, () => {
        written.push(key);
        if (failing.has(key)) throw new Error('no');
      });
    };
    keys.forEach(add);
    return { records, written, failing, add };
  }

  it('writes each record once, the oldest first', async () => {
    const { records, written } = start('a', 'b', 'a');

    expect([await records.flush(run, isAvailable), await records.flush(run, isAvailable)]).toEqual([true, true]);
    expect(written).toEqual(['b', 'a']);
    expect(records.has('a')).toBe(false);
  });

  it('stops at a failure if the store is unavailable, and continues there', async () => {
    const { records, written, failing } = start('a', 'b', 'c');
    failing.add('b');
    expect(await records.flush(run, isUnavailable)).toBe(false);
    expect([records.has('a'), records.has('b'), records.has('c')]).toEqual([false, true, true]);
    failing.clear();

    expect(await records.flush(run, isUnavailable)).toBe(true);
    expect(written).toEqual(['a', 'b', 'b', 'c']);
  });

  it('goes on after a record that the store does not take, and drops it after ten attempts', async () => {
    const { records, written, failing } = start('a', 'b');
    failing.add('a');
    for (let attempt = 1; attempt < 10; attempt += 1) expect(await records.flush(run, isAvailable)).toBe(false);
    expect([records.has('a'), records.has('b')]).toEqual([true, false]);
    await records.flush(run, isAvailable);

    expect(records.has('a')).toBe(false);
    expect(written.filter((key) => key === 'a')).toHaveLength(10);
  });

  it('skips what was deleted while it writes', async () => {
    const { records, written } = start();
    records.add('a', () => {
      records.delete('b');
    });
    records.add('b', () => void written.push('b'));

    expect(await records.flush(run, isAvailable)).toBe(true);
    expect(written).toEqual([]);
  });

  it(`keeps the latest ${MOST}`, () => {
    const { records, add } = start();
    for (let nth = 0; nth < MOST; nth += 1) add(`record ${nth}`);
    // Nothing is dropped for one that is there already, and it becomes the latest.
    add('record 1');
    expect(records.has('record 0')).toBe(true);
    add('another');
    add('yet another');

    expect([0, 1, 2, 3].map((nth) => records.has(`record ${nth}`))).toEqual([false, true, false, true]);
  });
});
