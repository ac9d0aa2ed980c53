import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Job, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { BullCallbackInbox, type BullCallbackInboxOptions } from '../../lib/bullmq/index.js';
import { InboxWorker, type WorkerSetup } from '../../lib/bullmq/inbox-worker.js';
import { type StoredJob } from '../../lib/bullmq/stored-job.js';
import { type JobMarks } from '../../lib/bullmq/suspicion.js';
import { DeliveryFailedError } from '../../lib/delivery/inbox/stored-callback.js';
import { type DeliverStored, type InboxAttempt, type StoredCallback } from '../../lib/index.js';
import { storedCallback } from '../delivery/arrivals.js';
import { KeptLogs } from '../support/logs.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

const DAY_MS = 86_400_000;

interface Dead {
  readonly callback: StoredCallback;
  readonly attempt: InboxAttempt;
  readonly error: Error;
}

let server: RedisServer;
let queueName: string;
let queue: Queue<StoredJob>;
let inbox: BullCallbackInbox;
let workers: InboxWorker[];
let dead: Dead[];
let logs: KeptLogs;

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.remove());
beforeEach(() => {
  queueName = randomUUID();
  queue = new Queue(queueName, { connection: { port: server.port } });
  workers = [];
  dead = [];
  logs = new KeptLogs();
  Logger.overrideLogger(logs);
  inbox = newInbox();
});
afterEach(async () => {
  for (const worker of workers) await worker.stop(100);
  await inbox.close();
  await queue.close();
});

function newInbox(options: Partial<BullCallbackInboxOptions> = {}): BullCallbackInbox {
  return new BullCallbackInbox({
    connection: { port: server.port },
    queueName,
    worker: false,
    backoff: 50,
    ...options,
  });
}

/** Puts a callback that has one attempt, as a job with marks that stalled so often. */
async function putStalled(stalledCounter: number, marks: Partial<JobMarks>, application = ''): Promise<void> {
  const own = newInbox({ attempts: 1, application });
  await own.put(storedCallback());
  await own.close();
  const [job] = await queue.getWaiting();
  await job?.updateProgress(marks);
  const client = new Redis(server.port);
  await client.hset(`bull:${queueName}:${job?.id}`, 'stc', stalledCounter);
  client.disconnect();
}

/** Starts a worker that notices soon that another does not renew its locks. */
function startWorker(deliver: DeliverStored, setup: Partial<WorkerSetup> = {}): InboxWorker {
  const timing = { lockDurationMs: 400, stalledIntervalMs: 200, pauseAfterDeathMs: 50, minUptimeMs: 0, aloneMs: 3000 };
  const connection = { port: server.port, maxRetriesPerRequest: null };
  const worker = new InboxWorker(
    {
      queue,
      connection,
      prefix: 'bull',
      application: '',
      concurrency: 10,
      failedRetentionMs: DAY_MS,
      timing,
      ...setup,
    },
    deliver,
    (callback, attempt, error) => dead.push({ callback, attempt, error }),
  );
  workers.push(worker);
  return worker;
}

/** Blocks the event loop, so that no lock is renewed. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

const isEmpty = async (): Promise<boolean> => (await inbox.counts()).waiting === 0;

describe('a callback whose method blocks the event loop for longer than its lock', () => {
  it('is handled once more at most, alone, and reported as perhaps handled twice, not as an outage', async () => {
    let handled = 0;
    startWorker(() => {
      handled += 1;
      block(700);
      return Promise.resolve();
    });
    await inbox.put(storedCallback());

    await until(() => logs.of('warn').join().includes('A stored callback (archive) was taken over'));
    expect(logs.of('error')).toEqual([]);
    await until(isEmpty);
    expect(handled).toBeLessThanOrEqual(2);
    expect(await inbox.counts()).toEqual({ waiting: 0, dead: 0 });
  });

  it('fails for good after its attempts', async () => {
    await inbox.close();
    inbox = newInbox({ attempts: 2 });
    startWorker(() => {
      block(700);
      return Promise.reject(new DeliveryFailedError('answered 500', 'retry'));
    });
    await inbox.put(storedCallback());

    await until(() => dead.length > 0);
    expect(dead).toMatchObject([{ callback: { id: 'archive-1' }, attempt: { attempt: 2, of: 2 } }]);
  });
});

describe('a job whose marks cannot be written', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  async function put(stalledCounter: number, marks: Partial<JobMarks>, application = ''): Promise<void> {
    await putStalled(stalledCounter, marks, application);
    jest.spyOn(Job.prototype, 'updateProgress').mockRejectedValueOnce(new Error('OOM command not allowed'));
  }

  it.each<[string, number, Partial<JobMarks>]>([
    ['a suspect', 1, {}],
    ['a job that stalled while it was alone', 2, { aloneAt: 1 }],
  ])('keeps its attempt and is handled later, as %s', async (_, stalledCounter, marks) => {
    await put(stalledCounter, marks);
    const attempts: number[] = [];
    startWorker((_callback, { attempt }) => {
      attempts.push(attempt);
      return Promise.resolve();
    });

    await until(async () => attempts.length > 0 && (await isEmpty()));
    expect(attempts).toEqual([1]);
    expect(dead).toEqual([]);
    expect(await inbox.counts()).toEqual({ waiting: 0, dead: 0 });
  });

  it('keeps its attempt and is put back, as a job of another application', async () => {
    await put(0, {}, 'other');
    startWorker(() => Promise.resolve());

    await until(async () => (await queue.getDelayedCount()) === 1);
    expect((await queue.getJob('archive-1@other'))?.attemptsMade).toBe(0);
    expect(dead).toEqual([]);
  });

  it('fails for good later, as a job whose failure was not counted', async () => {
    await put(2, { clearedAt: 1, failedAt: 0 });
    startWorker(() => Promise.resolve());

    await until(() => dead.length > 0);
    expect(dead).toMatchObject([
      { attempt: { attempt: 1, of: 1 }, error: { message: expect.stringContaining('its worker had lost the lock') } },
    ]);
  });

  it('keeps its attempt if it cannot be put back either', async () => {
    await put(1, {});
    jest.spyOn(Job.prototype, 'moveToDelayed').mockRejectedValueOnce(new Error('OOM command not allowed'));
    let handled = 0;
    startWorker(() => {
      handled += 1;
      return Promise.resolve();
    });

    await until(async () => handled > 0 && (await isEmpty()));
    expect(await inbox.counts()).toEqual({ waiting: 0, dead: 0 });
    expect(logs.of('error')).toHaveLength(1);
  });
});

describe('a worker that stops', () => {
  it('begins nothing that still waits for its turn, and leaves it to others', async () => {
    const handled: string[] = [];
    const client = new Redis(server.port);
    for (const id of ['a', 'b', 'c']) {
      await inbox.put(storedCallback({ id }));
      // Suspects wait for each other.
      await client.hset(`bull:${queueName}:${id}`, 'stc', 1);
    }
    client.disconnect();
    let begun = 0;
    const stopping = startWorker(() => {
      begun += 1;
      return wait(200);
    });
    await until(async () => begun === 1 && (await queue.getActiveCount()) === 3);
    await stopping.stop(5000);
    expect(begun).toBe(1);

    startWorker(({ id }) => {
      handled.push(id);
      return Promise.resolve();
    });
    await until(isEmpty);
    expect(handled).toHaveLength(2);
  });
});

describe('a failed delivery', () => {
  const cause = Object.assign(new TypeError(`no\u0007 such column ${'x'.repeat(600)}`), { code: '42703' });
  const failure = new DeliveryFailedError('answered 500: the method did not complete', 'give-up', { cause });

  it('is reported as the error that it was, and kept with that of the method, on one line and cut', async () => {
    startWorker(() => Promise.reject(failure));
    await inbox.put(storedCallback());

    await until(() => dead.length > 0);
    expect(dead[0]?.error).toBe(failure);
    const [job] = await queue.getFailed();
    expect(job?.failedReason).toMatch(/^answered 500: the method did not complete: TypeError: no\? such column x+…$/);
    expect(job?.failedReason.length).toBeLessThan(510);
    expect(job?.stacktrace).toHaveLength(1);
  });
});

describe('a callback that is given up', () => {
  it.each(['', 'mine'])('is reported with the id of its job, of application %j', async (application) => {
    const own = newInbox({ application, attempts: 1 });
    startWorker(() => Promise.reject(new DeliveryFailedError('answered 500', 'retry')), { application });
    await own.put(storedCallback());
    await own.close();

    await until(() => dead.length > 0);
    const [job] = await queue.getFailed();
    expect(dead[0]?.callback.id).toBe(job?.id);
  });
});

describe('a job of unknown shape', () => {
  it('is delivered, so that it is reported', async () => {
    const shapes = [null, 'text', 7, [], {}, { application: 7 }];
    let delivered = 0;
    startWorker(() => {
      delivered += 1;
      return Promise.reject(new DeliveryFailedError('a job of unknown shape', 'give-up'));
    });
    await queue.addBulk(shapes.map((data) => ({ name: 'anything', data: data as never, opts: { attempts: 3 } })));

    await until(async () => (await queue.getFailedCount()) === shapes.length);
    expect(delivered).toBe(shapes.length);
    expect(logs.of('error')).toEqual([]);
  });
});

describe('a job of another application', () => {
  it('is left for it, without an attempt, and reported once', async () => {
    const mine: string[] = [];
    startWorker(
      ({ id }) => {
        mine.push(id);
        return Promise.resolve();
      },
      { application: 'mine' },
    );
    for (const id of ['a', 'b']) await inbox.put(storedCallback({ id }));
    const own = newInbox({ application: 'mine' });
    await own.put(storedCallback({ id: 'c' }));
    await own.close();

    await until(async () => mine.length === 1 && (await queue.getDelayedCount()) === 2);
    await wait(1500);
    expect(mine).toEqual(['c']);
    expect((await queue.getJob('a'))?.attemptsMade).toBe(0);
    // On a busy machine the worker may log other warnings too.
    expect(logs.of('warn').filter((line) => line.includes('is left'))).toEqual([
      expect.stringContaining('A stored callback names no application and is left: was it stored before'),
    ]);
  });

  it('is handled by it, as it was put', async () => {
    const delivered: unknown[] = [];
    startWorker((callback) => {
      delivered.push(callback);
      return Promise.resolve();
    });
    const callback = storedCallback();
    await inbox.put(callback);

    await until(() => delivered.length === 1);
    expect(delivered).toEqual([callback]);
  });

  it('may be handled by any application if it names none', async () => {
    let handled = 0;
    startWorker(
      () => {
        handled += 1;
        return Promise.resolve();
      },
      { application: 'mine' },
    );
    await queue.add('callback', storedCallback());

    await until(() => handled === 1);
  });
});

describe('a delivery that leaves its callback', () => {
  it('is tried again after a pause, without counting attempts', async () => {
    const attempts: number[] = [];
    startWorker((_, { attempt }) => {
      attempts.push(attempt);
      const failure = new DeliveryFailedError('a project of another application', 'leave');
      return attempts.length < 3 ? Promise.reject(failure) : Promise.resolve();
    });
    await inbox.put(storedCallback());

    await until(async () => attempts.length === 3 && (await isEmpty()));
    expect(attempts).toEqual([1, 1, 1]);
    expect(dead).toEqual([]);
  });

  it('waits longer at once, if many others were left too', async () => {
    // As many as a worker leaves for a short time, and some more.
    const jobs = Array.from({ length: 220 }, (_, index) => ({
      name: 'callback',
      data: storedCallback({ id: `${index}` }),
    }));
    await queue.addBulk(jobs);
    startWorker(() => Promise.reject(new DeliveryFailedError('a project of another application', 'leave')), {
      concurrency: 50,
    });

    // Those that are promoted have a delay of a minute more.
    const isLong = ({ delay }: { delay: number }) => delay > 4500 && delay < 60_000;
    await until(async () => (await queue.getDelayed()).filter(isLong).length >= 20);
  });

  it('is tried again without counting attempts, as a suspect too', async () => {
    await putStalled(1, {});
    const attempts: number[] = [];
    startWorker((_, { attempt }) => {
      attempts.push(attempt);
      const failure = new DeliveryFailedError('a project of another application', 'leave');
      return attempts.length < 3 ? Promise.reject(failure) : Promise.resolve();
    });

    await until(async () => attempts.length === 3 && (await isEmpty()));
    expect(attempts).toEqual([1, 1, 1]);
    expect(dead).toEqual([]);
  });

  it('is tried again after up to a minute, if it was left often', async () => {
    await inbox.put(storedCallback());
    const job = await queue.getJob('archive-1');
    await job?.updateProgress({ timesLeft: 1000 });
    startWorker(() => Promise.reject(new DeliveryFailedError('a project of another application', 'leave')));

    await until(async () => (await queue.getDelayedCount()) === 1);
    // A minute more if the worker promotes it, in case that ends meanwhile.
    const { delay = 0 } = (await queue.getJob('archive-1')) ?? {};
    expect(delay).toBeGreaterThanOrEqual(29_000);
    expect(delay).toBeLessThanOrEqual(120_000);
  });
});

describe('a worker that loses Redis', () => {
  it('says so once, and that Redis is back, though nothing is to be done', async () => {
    const own = await RedisServer.start();
    startWorker(() => Promise.resolve(), { connection: { port: own.port, maxRetriesPerRequest: null } });
    await wait(200);
    await own.stop('SIGKILL');
    await until(() => logs.of('error').length > 0);
    await wait(1000);
    await own.restart();

    await until(() => logs.of('warn').length > 0);
    expect(logs.of('error')).toHaveLength(1);
    expect(logs.of('error')[0]).toMatch(/cannot reach Redis \("E[A-Z]+"\): stored callbacks wait/);
    expect(logs.of('warn')).toEqual(["warn The inbox's worker reaches Redis again. VideoCallbacks"]);
    for (const worker of workers.splice(0)) await worker.stop(100);
    await own.remove();
  });
});
