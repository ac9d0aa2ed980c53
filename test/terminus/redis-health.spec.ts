import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { BullCallbackInbox, type BullCallbackInboxOptions } from '../../lib/bullmq/index.js';
import { type VideoCallbacksOptions } from '../../lib/index.js';
import { RedisCallbackLedger } from '../../lib/redis/index.js';
import { useStoppedPerformanceClock } from '../support/clock.js';
import { PAYLOADS } from '../support/payloads.js';
import { RedisServer } from '../support/redis-server.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';
import {
  DEGRADED,
  type Health,
  type HealthApplication,
  type HealthSetup,
  startHealthApplication,
} from './health-application.js';

const stopClock = useStoppedPerformanceClock();

let server: RedisServer;
let client: Redis;
let running: HealthApplication | undefined;
let clock: ReturnType<typeof stopClock>;

// Redis is stopped, started and waited for.
jest.setTimeout(30_000);

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.remove());
beforeEach(async () => {
  clock = stopClock();
  client = new Redis(server.port, '127.0.0.1', { maxRetriesPerRequest: 0, enableOfflineQueue: false });
  client.on('error', () => undefined);
  await new Promise((resolve) => client.once('ready', resolve));
});
afterEach(async () => {
  await running?.close();
  running = undefined;
  client.disconnect();
  server.resume();
  if (!server.isRunning) await server.restart();
});

async function start(setup: HealthSetup): Promise<HealthApplication> {
  running = await startHealthApplication(setup);
  await untilStatus('up');
  return running;
}

/** The details of now: an answer of the last second is given again. */
async function detailsOfNow(): Promise<Health['details']> {
  clock.forward(1);
  return (await running?.health())?.details ?? {};
}
const untilStatus = (status: string): Promise<void> => until(async () => (await detailsOfNow())['status'] === status);
const untilDegraded = (): Promise<void> => until(async () => (await detailsOfNow())['degraded'] === true);

function inbox(options: Partial<BullCallbackInboxOptions> = {}): BullCallbackInbox {
  return new BullCallbackInbox({ connection: { port: server.port }, queueName: `inbox-${randomUUID()}`, ...options });
}

const STORES: readonly (readonly [string, () => VideoCallbacksOptions])[] = [
  ['ledger', () => ({ ledger: new RedisCallbackLedger(client) })],
  ['inbox', () => ({ inbox: inbox({ worker: false }) })],
];

describe.each(STORES)('the health of an application with Redis as its %s', (storage, store) => {
  it('is degraded while Redis is stopped, and up again without any callback', async () => {
    const { health } = await start({ options: store() });
    await server.stop();
    await untilDegraded();
    expect(await health()).toMatchObject({
      code: 200,
      overall: DEGRADED.overall,
      details: { status: DEGRADED.status, storage },
    });
    await server.restart();

    await untilStatus('up');
    expect((await health()).details).toMatchObject({ storage, outcomes: { accepted: 0, unavailable: 0 } });
  });

  it("is down meanwhile with unavailable: 'reject'", async () => {
    const { health } = await start({ options: { ...store(), unavailable: 'reject' } });
    await server.stop();
    await untilStatus('down');
    expect(await health()).toMatchObject({ code: 503, overall: 'error' });
    await server.restart();

    await untilStatus('up');
    expect((await health()).code).toBe(200);
  });

  it('is found out within storageTimeout while Redis hangs', async () => {
    const { health } = await start({ options: { ...store(), storageTimeout: 0.5 } });
    server.pause();
    await untilDegraded();
    clock.forward(1);
    const startedAt = Date.now();
    await Promise.all(Array.from({ length: 50 }, health));
    expect(Date.now() - startedAt).toBeLessThan(1900);
    server.resume();

    await untilStatus('up');
  });

  it('is degraded while Redis is full, though it answers', async () => {
    const { send, health } = await start({ options: store() });
    await client.config('SET', 'maxmemory', '1');
    try {
      await send(signed(PAYLOADS.archive));
      expect((await health()).details).toMatchObject({ degraded: true, outcomes: { accepted: 1 } });
    } finally {
      await client.config('SET', 'maxmemory', '0');
    }

    // An inbox shows only with the next callback that it takes them.
    await until(async () => {
      await send(signed(PAYLOADS.archive));
      return !('degraded' in (await detailsOfNow()));
    });
  });
});

describe('the health of an application with an inbox', () => {
  it('shows how many callbacks wait, and is down when there are too many', async () => {
    const { send, health } = await start({
      options: { inbox: inbox({ worker: false }) },
      health: { maxWaiting: 2, maxDead: 0 },
    });
    for (let callbacks = 0; callbacks < 3; callbacks += 1) await send(signed(PAYLOADS.archive));
    await untilStatus('down');

    expect(await health()).toMatchObject({
      code: 503,
      details: {
        message: '3 callbacks wait: more than 2 (maxWaiting)',
        storage: 'inbox',
        waiting: 3,
        dead: 0,
        outcomes: { stored: 3 },
      },
    });
  });

  it.each([
    [{}, { code: 200, details: { status: 'up' } }],
    [{ maxDead: 0 }, { code: 503, details: { message: '1 callbacks failed for good: more than 0 (maxDead)' } }],
  ])('shows how many failed for good, and is down only if a limit says so: %j', async (limits, expected) => {
    const { send, health } = await start({
      options: { inbox: inbox({ attempts: 1 }) },
      health: limits,
      behave: () => Promise.reject(new Error('the database is down')),
    });
    await send(signed(PAYLOADS.archive));
    await until(async () => (await detailsOfNow())['dead'] === 1);

    const found = await health();
    expect(found).toMatchObject(expected);
    expect(found.details).toMatchObject({ waiting: 0, dead: 1, outcomes: { stored: 1, failed: 1, dead: 1 } });
  });
});
