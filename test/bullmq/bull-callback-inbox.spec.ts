import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { BullCallbackInbox, type BullCallbackInboxOptions } from '../../lib/bullmq/index.js';
import { FailedSweep } from '../../lib/bullmq/inbox-worker.js';
import { DeliveryFailedError } from '../../lib/delivery/inbox/stored-callback.js';
import { storedCallback } from '../delivery/arrivals.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

const FAILED_RETENTION = 3;

let server: RedisServer;
let queue: Queue;
let inboxes: BullCallbackInbox[];

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.remove());
beforeEach(() => {
  queue = new Queue(randomUUID(), { connection: { port: server.port } });
  inboxes = [];
});
afterEach(async () => {
  for (const inbox of inboxes) await close(inbox);
  await queue.close();
});

function newInbox(options: Partial<BullCallbackInboxOptions> = {}): BullCallbackInbox {
  const connection = { port: server.port };
  const inbox = new BullCallbackInbox({ connection, queueName: queue.name, worker: false, ...options });
  inboxes.push(inbox);
  return inbox;
}

async function close(inbox: BullCallbackInbox): Promise<void> {
  await inbox.stop();
  await inbox.close();
}

describe('the counts of an inbox', () => {
  it('include what waits in a queue that was paused', async () => {
    const inbox = newInbox();
    await inbox.put(storedCallback());
    await queue.pause();

    expect(await inbox.counts()).toEqual({ waiting: 1, dead: 0 });
  });

  it('are asked for once at a time', async () => {
    const inbox = newInbox();
    await inbox.put(storedCallback());
    const first = inbox.counts();

    expect(inbox.counts()).toBe(first);
    await first;
    const next = inbox.counts();
    expect(next).not.toBe(first);
    await next;
  });
});

describe('an inbox that stops as soon as it has started', () => {
  it('fails nowhere, however far its worker has connected', async () => {
    for (let turns = 0; turns < 40; turns += 1) {
      const inbox = newInbox({ worker: true });
      await inbox.start(
        () => Promise.resolve(),
        () => undefined,
      );
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      await close(inbox);
    }
    // jest fails a test for an error that nobody catches.
    await wait(100);
  });
});

describe('the same callback sent to two applications on one queue', () => {
  it.each([
    ['', 'staging'],
    ['prod', 'staging'],
    ['a/b: ü', 'a/b: u'],
  ])('is a job for each (%j and %j), and a copy to either is none', async (first, second) => {
    const named = [first, second].map((application) => newInbox({ application }));
    const results: string[] = [];
    for (const each of [...named, ...named]) results.push(await each.put(storedCallback()));

    expect(results).toEqual(['stored', 'stored', 'known', 'known']);
    expect(await newInbox().counts()).toEqual({ waiting: 2, dead: 0 });
  });
});

describe('the warnings of an inbox', () => {
  it.each([
    ['noeviction', '100mb', []],
    ['allkeys-lru', '0', []],
    ['allkeys-lru', '100mb', [expect.stringContaining('maxmemory-policy allkeys-lru: when its memory is full')]],
    ['volatile-ttl', '100mb', [expect.stringContaining('maxmemory-policy volatile-ttl: when its memory is full')]],
  ])('of a Redis with the policy %s and a limit of %s', async (policy, limit, warnings) => {
    const client = new Redis(server.port);
    await client.config('SET', 'maxmemory-policy', policy);
    await client.config('SET', 'maxmemory', limit);
    expect(await newInbox().warnings()).toEqual(warnings);
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    client.disconnect();
  });

  it('are none if Redis does not say its policy, and callbacks are stored and handled', async () => {
    const silent = await RedisServer.start('--rename-command', 'INFO', '');
    const inbox = newInbox({ connection: { port: silent.port, enableReadyCheck: false }, worker: true });
    try {
      let handled = 0;
      await inbox.start(
        () => Promise.resolve(void (handled += 1)),
        () => undefined,
      );

      expect(await inbox.warnings()).toEqual([]);
      expect(await inbox.put(storedCallback())).toBe('stored');
      await until(() => handled === 1);
    } finally {
      await close(inbox);
      await silent.remove();
    }
  });
});

describe('a callback that failed for good', () => {
  /** An inbox whose worker fails for every callback. */
  function start(): BullCallbackInbox {
    const inbox = newInbox({ attempts: 1, failedRetention: FAILED_RETENTION, worker: true });
    void inbox.start(
      () => Promise.reject(new DeliveryFailedError('answered 400', 'give-up')),
      () => undefined,
    );
    return inbox;
  }

  it('is kept for a while, and not for longer than failedRetention, though none fails after it', async () => {
    await start().put(storedCallback());
    await until(async () => (await queue.getFailedCount()) === 1);
    const [job] = await queue.getFailed();

    await until(async () => (await queue.getFailedCount()) === 0);
    const age = Date.now() - (job?.finishedOn ?? 0);
    expect(age).toBeGreaterThan(500);
    expect(age).toBeLessThan(FAILED_RETENTION * 1000);
    expect(await queue.getJob('archive-1')).toBeUndefined();
  });

  it('is removed when a process starts, if it became too old while none was running', async () => {
    const inbox = start();
    await inbox.put(storedCallback());
    await until(async () => (await queue.getFailedCount()) === 1);
    await close(inbox);
    await wait(1100);

    const started = performance.now();
    start();
    await until(async () => (await queue.getFailedCount()) === 0);
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
