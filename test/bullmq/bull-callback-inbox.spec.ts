import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { BullCallbackInbox } from '../../lib/bullmq/index.js';
import { storedCallback } from '../delivery/arrivals.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

let inbox: BullCallbackInbox;
let queueName: string;

const newInbox = (port: number): BullCallbackInbox => {
  queueName = randomUUID();
  inbox = new BullCallbackInbox({ connection: { port }, queueName, worker: false });
  return inbox;
};
afterEach(() => inbox.close());

describe('the counts of an inbox', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.remove());
  beforeEach(() => {
    newInbox(server.port);
  });

  it('include what waits in a queue that was paused', async () => {
    await inbox.put(storedCallback());
    const queue = new Queue(queueName, { connection: { port: server.port } });
    await queue.pause();
    await queue.close();

    expect(await inbox.counts()).toEqual({ waiting: 1, dead: 0 });
  });

  it('are asked for once at a time', async () => {
    await inbox.put(storedCallback());
    const first = inbox.counts();

    expect(inbox.counts()).toBe(first);
    await first;
    const next = inbox.counts();
    expect(next).not.toBe(first);
    await next;
  });
});

describe('the same callback sent to two applications on one queue', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.remove());

  it.each([
    ['', 'staging'],
    ['prod', 'staging'],
    ['a/b: ü', 'a/b: u'],
  ])('is a job for each (%j and %j), and a copy to either is none', async (first, second) => {
    newInbox(server.port);
    const named = [first, second].map(
      (application) =>
        new BullCallbackInbox({ connection: { port: server.port }, queueName, worker: false, application }),
    );
    const results: string[] = [];
    for (const each of [...named, ...named]) results.push(await each.put(storedCallback()));
    for (const each of named) await each.close();

    expect(results).toEqual(['stored', 'stored', 'known', 'known']);
    expect(await inbox.counts()).toEqual({ waiting: 2, dead: 0 });
  });
});

describe('the warnings of an inbox', () => {
  it.each([
    ['noeviction', '100mb', []],
    ['allkeys-lru', '0', []],
    ['allkeys-lru', '100mb', [expect.stringContaining('maxmemory-policy allkeys-lru: when its memory is full')]],
    ['volatile-ttl', '100mb', [expect.stringContaining('maxmemory-policy volatile-ttl: when its memory is full')]],
  ])('of a Redis with the policy %s and a limit of %s', async (policy, limit, warnings) => {
    const server = await RedisServer.start('--maxmemory-policy', policy, '--maxmemory', limit);
    try {
      expect(await newInbox(server.port).warnings()).toEqual(warnings);
    } finally {
      await inbox.close();
      await server.remove();
    }
  });

  it('are none if Redis does not say its policy, and callbacks are stored and handled', async () => {
    const server = await RedisServer.start('--rename-command', 'INFO', '');
    try {
      inbox = new BullCallbackInbox({ connection: { port: server.port, enableReadyCheck: false } });
      let handled = 0;
      await inbox.start(
        () => Promise.resolve(void (handled += 1)),
        () => undefined,
      );

      expect(await inbox.warnings()).toEqual([]);
      expect(await inbox.put(storedCallback())).toBe('stored');
      await until(() => handled === 1);
    } finally {
      await inbox.stop();
      await inbox.close();
      await server.remove();
    }
  });
});
