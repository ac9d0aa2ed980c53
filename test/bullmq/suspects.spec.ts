import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { BullCallbackInbox } from '../../lib/bullmq/index.js';
import { InboxWorker } from '../../lib/bullmq/inbox-worker.js';
import { type StoredJob } from '../../lib/bullmq/stored-job.js';
import { readMarks } from '../../lib/bullmq/suspicion.js';
import { DeliveryFailedError } from '../../lib/delivery/inbox/stored-callback.js';
import { type DeliverStored } from '../../lib/index.js';
import { storedCallback } from '../delivery/arrivals.js';
import { KeptLogs } from '../support/logs.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

const TIMING = { lockDurationMs: 400, stalledIntervalMs: 200, pauseAfterDeathMs: 50, minUptimeMs: 0, aloneMs: 600 };

let server: RedisServer;
let redis: Redis;
let queueName: string;
let queue: Queue<StoredJob>;
let inbox: BullCallbackInbox;
let workers: InboxWorker[];
let dead: string[];
let logs: KeptLogs;

beforeAll(async () => {
  server = await RedisServer.start();
  redis = new Redis({ port: server.port });
});
afterAll(async () => {
  redis.disconnect();
  await server.remove();
});
beforeEach(() => {
  const connection = { port: server.port };
  queueName = randomUUID();
  queue = new Queue(queueName, { connection });
  inbox = new BullCallbackInbox({ connection, queueName, worker: false, attempts: 2, backoff: 50 });
  workers = [];
  dead = [];
  logs = new KeptLogs();
  Logger.overrideLogger(logs);
});
afterEach(async () => {
  for (const worker of workers) await worker.stop(1);
  await inbox.close();
  await queue.close();
});

function startWorker(deliver: DeliverStored, timing: Partial<typeof TIMING> = {}): InboxWorker {
  const connection = { port: server.port, maxRetriesPerRequest: null };
  const setup = { queue, connection, prefix: 'bull', application: '', concurrency: 10, failedRetentionMs: 86_400_000 };
  const worker = new InboxWorker({ ...setup, timing: { ...TIMING, ...timing } }, deliver, (_, __, { message }) => {
    dead.push(message);
  });
  workers.push(worker);
  return worker;
}

async function put(...ids: string[]): Promise<void> {
  for (const id of ids) await inbox.put(storedCallback({ id }));
}

/** Stores a callback whose worker did not renew its lock. */
async function putSuspect(id: string, stalls = 1): Promise<void> {
  await put(id);
  await redis.hset(`bull:${queueName}:${id}`, 'stc', stalls);
}

/** What happens when Redis is unavailable for too long: the lock is gone, and the job is given to a worker again. */
const loseLock = (id: string) => redis.del(`bull:${queueName}:${id}:lock`);

const marksOf = async (id: string) => readMarks((await queue.getJob(id))?.progress);
const isEmpty = async (): Promise<boolean> => (await inbox.counts()).waiting === 0;
const never = (): Promise<never> => new Promise(() => undefined);

describe('a suspect that does not end', () => {
  it.each([
    [1, 0.6],
    [2, 1.2],
  ])('holds up the others for a bounded time after %i stalls, and the log says so', async (stalls, seconds) => {
    const begun: string[] = [];
    await putSuspect('archive-endless', stalls);
    startWorker(({ id }) => {
      begun.push(id);
      return id === 'archive-endless' ? never() : Promise.resolve();
    });
    await until(() => begun.length === 1);
    expect((await marksOf('archive-endless')).aloneAt).toBe(stalls);
    await put('a', 'b');

    await until(() => begun.length === 3);
    expect((await marksOf('archive-endless')).aloneAt).toBeUndefined();
    expect(logs.of('warn')).toEqual([
      `warn The stored callback "archive-endless" has been handled alone for ${seconds} s: others are handled beside it again. VideoCallbacks`,
    ]);
  });
});

describe('a suspect beside a callback that does not end', () => {
  it('is handled beside it within a bounded time, without marks, and so are others', async () => {
    const begun: string[] = [];
    await put('endless');
    const marks: unknown[] = [];
    startWorker(async ({ id }) => {
      begun.push(id);
      if (id === 'endless') return never();
      if (id === 'suspect') marks.push((await marksOf(id)).aloneAt);
    });
    await until(() => begun.length === 1);
    await putSuspect('suspect');
    await put('a');

    await until(async () => begun.length === 3 && (await queue.getActiveCount()) === 1);
    expect(marks).toEqual([undefined]);
  });
});

describe('a callback that is let go by each worker that stops', () => {
  it('is not given up: it ended no process', async () => {
    await put('slow');
    for (let stops = 0; stops < 6; stops += 1) {
      let begun = 0;
      const worker = startWorker(() => {
        begun += 1;
        return never();
      });
      await until(() => begun === 1);
      await worker.stop(1);
    }
    let handled = 0;
    startWorker(() => {
      handled += 1;
      return Promise.resolve();
    });

    await until(async () => handled === 1 && (await isEmpty()));
    expect(dead).toEqual([]);
    expect(logs.of('warn')).toEqual([]);
  });
});

describe('a suspect over which the process ended before', () => {
  it('waits until its worker has been up for minUptimeMs, which counts as no attempt', async () => {
    await putSuspect('archive-1');
    await (await queue.getJob('archive-1'))?.updateProgress({ deaths: 4 });
    const started = performance.now();
    let uptimeMs = 0;
    startWorker(
      (_, { attempt }) => {
        expect(attempt).toBe(1);
        uptimeMs = performance.now() - started;
        return Promise.resolve();
      },
      { minUptimeMs: 1500 },
    );

    await until(async () => uptimeMs > 0 && (await isEmpty()));
    expect(uptimeMs).toBeGreaterThanOrEqual(1490);
    expect(dead).toEqual([]);
  });
});

describe('a callback whose lock is lost in a process that is alive', () => {
  it('is not handled a second time while its method runs, and is finished with it', async () => {
    let begun = 0;
    startWorker(async ({ id }) => {
      begun += 1;
      await loseLock(id);
      await until(async () => (await queue.getJob(id))?.stalledCounter === 1);
      await wait(500);
    });
    await put('archive-1');

    await until(async () => begun > 0 && (await isEmpty()));
    expect(begun).toBe(1);
    expect(await inbox.counts()).toEqual({ waiting: 0, dead: 0 });
  });

  it('is not handled a second time after its method completed', async () => {
    let begun = 0;
    startWorker(async ({ id }) => {
      begun += 1;
      await loseLock(id);
    });
    await put('archive-1');

    await until(async () => begun > 0 && (await isEmpty()));
    expect(begun).toBe(1);
    expect(await inbox.counts()).toEqual({ waiting: 0, dead: 0 });
  });

  it('is tried as often as others if its method fails, and no death is counted', async () => {
    let begun = 0;
    await putSuspect('archive-1');
    startWorker(async ({ id }) => {
      begun += 1;
      await loseLock(id);
      await until(async () => ((await queue.getJob(id))?.stalledCounter ?? 0) > begun);
      await wait(300);
      throw new DeliveryFailedError('answered 500', 'retry');
    });

    await until(() => dead.length > 0);
    expect(dead).toEqual(['answered 500']);
    expect(begun).toBe(2);
    expect(logs.of('warn').join()).not.toContain('process ended');
  });
});

describe('a callback that failed as a suspect', () => {
  it('is handled when it is retried by hand, though a process ends in the middle of that', async () => {
    const fail = (): Promise<never> => Promise.reject(new DeliveryFailedError('answered 500', 'give-up'));
    await putSuspect('archive-1');
    const first = startWorker(fail);
    await until(() => dead.length === 1);
    await first.stop(1);
    const [job] = await queue.getFailed();
    await job?.retry('failed', { resetAttemptsMade: true });
    // It began once, and its process ended.
    await redis.hincrby(`bull:${queueName}:archive-1`, 'ats', 1);
    await redis.hincrby(`bull:${queueName}:archive-1`, 'stc', 1);
    const attempts: number[] = [];
    startWorker((_, { attempt }) => {
      attempts.push(attempt);
      return Promise.resolve();
    });

    await until(isEmpty);
    expect(attempts).toEqual([1]);
  });
});
