import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Job } from 'bullmq';
import { KnownRuns } from '../../lib/bullmq/job-handling.js';
import { DeliveryFailedError } from '../../lib/index.js';

const jobOf = (id: string, timestamp = 1): Job => ({ id, timestamp }) as Job;
const COMPLETED = { failure: undefined };

let runs: KnownRuns;

beforeEach(() => {
  runs = new KnownRuns();
});

describe('KnownRuns', () => {
  it('finds a run while it runs, and when it has completed, until that is confirmed', async () => {
    const run = runs.add(jobOf('a'), Promise.resolve(COMPLETED));
    expect(runs.find(jobOf('a'))).toBe(run);

    await run;
    expect(await runs.find(jobOf('a'))).toEqual(COMPLETED);

    runs.confirm(jobOf('a'));
    expect(runs.find(jobOf('a'))).toBeUndefined();
  });

  it.each([
    ['failed', () => Promise.resolve({ failure: new DeliveryFailedError('answered 500', 'retry') })],
    ['did not begin', () => Promise.resolve(undefined)],
    ['could not be marked', () => Promise.reject(new Error('OOM command not allowed'))],
  ])('finds no run that %s', async (_, run) => {
    await runs.add(jobOf('a'), run()).catch(() => undefined);

    expect(runs.find(jobOf('a'))).toBeUndefined();
  });

  it('takes a later job with the same id for another one', async () => {
    await runs.add(jobOf('a', 1), Promise.resolve(COMPLETED));

    expect(runs.find(jobOf('a', 2))).toBeUndefined();
  });

  it('forgets the oldest of 10 000 that are not confirmed', async () => {
    for (let id = 0; id <= 10_000; id += 1) await runs.add(jobOf(`${id}`), Promise.resolve(COMPLETED));

    expect(runs.find(jobOf('0'))).toBeUndefined();
    expect(runs.find(jobOf('1'))).toBeDefined();
  });
});
