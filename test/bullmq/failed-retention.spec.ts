import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { BullCallbackInbox } from '../../lib/bullmq/index.js';
import { FailedSweep } from '../../lib/bullmq/inbox-worker.js';
import { DeliveryFailedError } from '../../lib/index.js';
import { storedCallback } from '../delivery/arrivals.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

const FAILED_RETENTION = 3;

let server: RedisServer;
let inbox: BullCallbackInbox | undefined;
let queue: Queue | undefined;

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.remove());
afterEach(async () => {
  await inbox?.stop();
  await inbox?.close();
  inbox = undefined;
  await queue?.close();
  queue = undefined;
});

function start(queueName: string): BullCallbackInbox {
  const connection = { port: server.port };
  inbox = new BullCallbackInbox({ connection, queueName, attempts: 1, failedRetention: FAILED_RETENTION });
  queue = new Queue(queueName, { connection });
  void inbox.start(
    () => Promise.reject(new DeliveryFailedError('answered 400', 'give-up')),
    () => undefined,
  );
  return inbox;
}

describe('a callback that failed for good', () => {
  it('is kept for a while, and not for longer than failedRetention, though none fails after it', async () => {
    await start(randomUUID()).put(storedCallback());
    await until(async () => (await queue?.getFailedCount()) === 1);
    const [job] = (await queue?.getFailed()) ?? [];

    await until(async () => (await queue?.getFailedCount()) === 0);
    const age = Date.now() - (job?.finishedOn ?? 0);
    expect(age).toBeGreaterThan(500);
    expect(age).toBeLessThan(FAILED_RETENTION * 1000);
    expect(await queue?.getJob('archive-1')).toBeUndefined();
  });

  it('is removed at the start of a process, if it became too old while none was there', async () => {
    const queueName = randomUUID();
    await start(queueName).put(storedCallback());
    await until(async () => (await queue?.getFailedCount()) === 1);
    await inbox?.stop();
    await inbox?.close();
    await queue?.close();
    await new Promise((resolve) => setTimeout(resolve, 1100));

    const started = performance.now();
    start(queueName);
    await until(async () => (await queue?.getFailedCount()) === 0);
    expect(performance.now() - started).toBeLessThan(900);
  });
});

describe('FailedSweep', () => {
  it('is silent while Redis is unavailable, and goes on afterwards', async () => {
    let calls = 0;
    const clean = () => {
      calls += 1;
      return calls < 3 ? Promise.reject(new Error('Connection is closed.')) : Promise.resolve([]);
    };
    const sweep = new FailedSweep({ clean }, 1000);
    sweep.start();

    await until(() => calls >= 3);
    sweep.stop();
  });

  it('removes as many as there are', async () => {
    let left = 2500;
    const clean = (_: number, limit: number) => {
      const removed = Math.min(left, limit);
      left -= removed;
      return Promise.resolve(Array<string>(removed).fill('archive-1'));
    };
    const sweep = new FailedSweep({ clean }, 30 * 86_400_000);
    sweep.start();

    await until(() => left === 0);
    sweep.stop();
  });

  it.each([1, 10, 3600, 30 * 86_400])(
    'removes what would be older than %s s before the sweep after the next one',
    (retention) => {
      const graces: number[] = [];
      const clean = (graceMs: number) => {
        graces.push(graceMs);
        return Promise.resolve([]);
      };
      const sweep = new FailedSweep({ clean }, retention * 1000);
      sweep.start();
      sweep.stop();

      const intervalMs = Math.min(Math.max(retention * 100, 1000), 900_000);
      expect(graces).toHaveLength(1);
      expect((graces[0] ?? NaN) + 2 * intervalMs).toBeLessThanOrEqual(Math.max(retention * 1000, 2000));
    },
  );
});
