import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { runKeyOf } from '../../../lib/bullmq/job-handling.js';
import { KnownRuns } from '../../../lib/delivery/inbox/known-runs.js';
import { DeliveryFailedError } from '../../../lib/delivery/inbox/stored-callback.js';

const COMPLETED = { failure: undefined };

let runs: KnownRuns;

beforeEach(() => {
  runs = new KnownRuns();
});

describe('KnownRuns', () => {
  it('finds a run while it runs, and when it has completed, until that is confirmed', async () => {
    const run = runs.add('1 a', Promise.resolve(COMPLETED));
    expect(runs.find('1 a')).toBe(run);

    await run;
    expect(await runs.find('1 a')).toStrictEqual(COMPLETED);

    runs.confirm('1 a');
    expect(runs.find('1 a')).toBeUndefined();
  });

  it.each([
    ['failed', () => Promise.resolve({ failure: new DeliveryFailedError('answered 500', 'retry') })],
    ['did not begin', () => Promise.resolve(undefined)],
    ['could not be marked', () => Promise.reject(new Error('OOM command not allowed'))],
  ])('finds no run that %s', async (_, run) => {
    await runs.add('1 a', run()).catch(() => undefined);

    expect(runs.find('1 a')).toBeUndefined();
  });

  it('gives the outcome of a run that did not begin', async () => {
    expect(await runs.add('1 a', Promise.resolve(undefined))).toBeUndefined();
  });

  it('settles when all that run have ended, however they ended', async () => {
    let end: () => void = () => undefined;
    const slow = new Promise<undefined>((_, reject) => {
      end = () => {
        reject(new Error('no'));
      };
    });
    runs.add('1 a', slow).catch(() => undefined);
    const settled = runs.settled().then(() => 'settled');

    expect(await Promise.race([settled, setImmediate('runs')])).toBe('runs');
    end();
    expect(await settled).toBe('settled');
  });

  it('takes a later job with the same id for another one', async () => {
    const keyAt = (timestamp: number): string => runKeyOf({ id: 'a', timestamp });
    await runs.add(keyAt(1), Promise.resolve(COMPLETED));

    expect(runs.find(keyAt(1))).toBeDefined();
    expect(runs.find(keyAt(2))).toBeUndefined();
  });

  it('forgets the oldest of 10 000 that are not confirmed', async () => {
    for (let id = 0; id <= 10_000; id += 1) await runs.add(`${id}`, Promise.resolve(COMPLETED));

    expect(runs.find('0')).toBeUndefined();
    expect(runs.find('1')).toBeDefined();
  });
});
