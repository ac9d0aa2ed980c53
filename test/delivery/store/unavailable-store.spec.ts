import { Controller, Post } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { Pool, type PoolClient } from 'pg';
import { createClient } from 'redis';
import { BullCallbackInbox } from '../../../lib/bullmq/index.js';
import { VideoCallback, type VideoCallbacksOptions } from '../../../lib/index.js';
import { PostgresCallbackLedger, postgresLedgerSchema } from '../../../lib/postgres/index.js';
import { RedisCallbackLedger } from '../../../lib/redis/index.js';
import { type RunningApplication, startApplication } from '../../support/application.js';
import { PAYLOADS } from '../../support/payloads.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { RedisServer } from '../../support/redis-server.js';
import { signed, type SignedRequest } from '../../support/signer.js';
import { SlowLink } from '../../support/slow-link.js';
import { until } from '../../support/until.js';

// Servers are stopped and started.
jest.setTimeout(40_000);

const PATH = '/video/archives';
/** In seconds and in ms. Longer than what a callback takes on a busy machine, so that every wait for it is noticed. */
const STORAGE_TIMEOUT = 0.6;
const STORAGE_TIMEOUT_MS = 1000 * STORAGE_TIMEOUT;
const MARGIN_MS = 500;

let redis: RedisServer;
let link: SlowLink;
let postgres: PostgresServer;
let pool: Pool;
let held: PoolClient[];
let running: RunningApplication;
let handled: number;
let closers: (() => unknown)[];

@Controller('video')
class VideoController {
  @Post('archives')
  @VideoCallback('archive')
  onArchive(): void {
    handled += 1;
  }
}

beforeAll(async () => {
  redis = await RedisServer.start();
  postgres = await PostgresServer.start();
  const client = new Pool({ connectionString: postgres.url });
  await client.query(postgresLedgerSchema());
  await client.end();
}, 30_000);
afterAll(() => Promise.all([redis.remove(), postgres.remove()]));
beforeEach(async () => {
  link = await SlowLink.open(redis.port);
  [handled, held, closers] = [0, [], []];
});
afterEach(async () => {
  await recover();
  await running.close();
  for (const close of closers) await close();
  await link.close();
});

/** Ends every fault. */
async function recover(): Promise<void> {
  link.delayMs = 0;
  for (const client of held.splice(0)) client.release();
  for (const server of [redis, postgres]) {
    server.resume();
    if (!server.isRunning) await server.restart();
  }
}

type Faults = Readonly<Record<string, () => unknown>>;

interface Store {
  readonly name: string;
  /** A ledger or an inbox of its own. The clients of Redis have their own defaults, which queue commands meanwhile. */
  readonly connect: () => Promise<VideoCallbacksOptions>;
  readonly faults: Faults;
  /** How many callbacks the ledger has recorded as handled. */
  readonly completions?: () => Promise<number>;
}

const REDIS_FAULTS: Faults = {
  'is killed': () => redis.stop('SIGKILL'),
  hangs: () => {
    redis.pause();
  },
  'is slower than storageTimeout': () => (link.delayMs = 1.25 * STORAGE_TIMEOUT_MS),
};

async function completionsInRedis(): Promise<number> {
  const client = new Redis(redis.port, '127.0.0.1');
  try {
    const keys = await client.keys('video-callbacks:*');
    const states = keys.length === 0 ? [] : await client.mget(keys);
    return states.filter((state) => state === 'completed').length;
  } finally {
    client.disconnect();
  }
}

const POSTGRES_LEDGER: Store = {
  name: 'a ledger on Postgres',
  connect: () => {
    pool = new Pool({ connectionString: postgres.url, max: 4 });
    const own = pool.on('error', () => undefined);
    closers.push(() => own.end());
    return Promise.resolve({ ledger: new PostgresCallbackLedger(pool) });
  },
  faults: {
    'is stopped': () => postgres.stop(),
    crashed: () => postgres.stop('SIGKILL'),
    hangs: () => {
      postgres.pause();
    },
    'gives no connection of the pool': async () => {
      held = await Promise.all(Array.from({ length: 4 }, () => pool.connect()));
    },
  },
  completions: async () =>
    (await pool.query("SELECT FROM video_callback_ledger WHERE holder IS NULL AND id LIKE 'archive-%'")).rowCount ?? 0,
};

const STORES: readonly Store[] = [
  {
    name: 'a ledger on ioredis',
    connect: async () => {
      const client = new Redis(link.port, '127.0.0.1');
      client.on('error', () => undefined);
      closers.push(() => {
        client.disconnect();
      });
      await new Promise((resolve) => client.once('ready', resolve));
      return { ledger: new RedisCallbackLedger(client) };
    },
    faults: REDIS_FAULTS,
    completions: completionsInRedis,
  },
  {
    name: 'a ledger on node-redis',
    connect: async () => {
      const client = createClient({ url: `redis://127.0.0.1:${link.port}` });
      client.on('error', () => undefined);
      closers.push(() => {
        client.destroy();
      });
      await client.connect();
      return { ledger: new RedisCallbackLedger(client) };
    },
    faults: REDIS_FAULTS,
    completions: completionsInRedis,
  },
  POSTGRES_LEDGER,
  {
    name: 'an inbox on BullMQ',
    connect: () =>
      Promise.resolve({
        inbox: new BullCallbackInbox({ connection: { port: link.port }, worker: false, stopTimeout: 0.2 }),
      }),
    faults: REDIS_FAULTS,
  },
];

async function start({ connect, completions }: Store, options: VideoCallbacksOptions = {}): Promise<void> {
  running = await startApplication({
    controllers: [VideoController],
    options: { ...(await connect()), storageTimeout: STORAGE_TIMEOUT, ...options },
  });
  // Connections are open, scripts and tables are known, and nothing is on its way.
  const before = (await completions?.()) ?? 0;
  for (let callback = 0; callback < 2; callback += 1) await send();
  await until(async () => completions === undefined || (await completions()) === before + 2);
  handled = 0;
}

/** How long the answer to a callback took, in ms, and its status. */
async function send(request: SignedRequest = signed(PAYLOADS.archive)): Promise<{ ms: number; status: number }> {
  const startedAt = performance.now();
  const { status } = await running.post(PATH, request);
  return { ms: performance.now() - startedAt, status };
}

/** Whether another process knows a callback. */
async function expectKnown(store: Store, request: SignedRequest): Promise<void> {
  const before = handled;
  const other = await startApplication({ controllers: [VideoController], options: await store.connect() });
  try {
    expect((await other.post(PATH, request)).status).toBe(204);
    expect(handled).toBe(before);
  } finally {
    await other.close();
  }
}

const CASES = STORES.flatMap((store) =>
  Object.entries(store.faults).map(([fault, inject]) => ({ store, fault, inject })),
);

describe('an application whose store is unavailable', () => {
  it.each(CASES)(
    'handles callbacks without waiting again while $store.name $fault, and uses it when it is back',
    async ({ store, fault, inject }) => {
      await start(store);
      const completed = (await store.completions?.()) ?? 0;
      await inject();
      const first = await Promise.all(Array.from({ length: 5 }, () => send()));
      const request = signed(PAYLOADS.archive);
      const next = [await send(request)];
      for (let callback = 0; callback < 9; callback += 1) next.push(await send());

      for (const { ms, status } of [...first, ...next]) {
        expect(status).toBe(204);
        expect(ms).toBeLessThan(STORAGE_TIMEOUT_MS + MARGIN_MS);
      }
      for (const { ms } of next) expect(ms).toBeLessThan(MARGIN_MS);
      expect(handled).toBe(15);
      expect(running.observed.outcomes.unavailable).toHaveLength(15);

      await recover();
      const { recovered, stored, unavailable } = running.observed.outcomes;
      if (store.completions === undefined) {
        // An inbox that answers again, but did not take the latest callback, must take one first.
        if (fault !== 'is killed') await until(async () => (await send()).status === 204 && stored.length > 2);
        await until(() => recovered.length === 1, 15);
        await send();
        expect(stored.length).toBeGreaterThan(2);
      } else {
        await until(() => recovered.length === 1, 15);
        await until(async () => (await store.completions?.()) === completed + 15);
        await expectKnown(store, request);
        expect(unavailable).toHaveLength(15);
      }
    },
  );

  it.each(STORES)('answers 503 at once with unavailable: reject while $name is stopped', async (store) => {
    await start(store, { unavailable: 'reject' });
    await Promise.all([redis.stop('SIGKILL'), postgres.stop('SIGKILL')]);
    await send();
    const { ms, status } = await send();

    expect(status).toBe(503);
    expect(ms).toBeLessThan(MARGIN_MS);
    expect(handled).toBe(0);
  });

  it('knows what it handled meanwhile', async () => {
    const [store] = STORES as readonly [Store];
    await start(store);
    await redis.stop('SIGKILL');
    const request = signed(PAYLOADS.archive);
    await send(request);
    await send(request);

    expect(handled).toBe(1);
  });
});

describe('a ledger', () => {
  it.each(STORES.slice(0, 2))('counts as available while $name is just faster than storageTimeout', async (store) => {
    await start(store);
    link.delayMs = 0.7 * STORAGE_TIMEOUT_MS;
    for (let callback = 0; callback < 3; callback += 1) {
      // Less than a claim and a completion: an answer does not wait for the completion.
      expect((await send()).ms).toBeLessThan(2 * link.delayMs);
    }

    expect(running.observed.outcomes.unavailable).toEqual([]);
  });

  it('warns of a Postgres that is a standby, handles callbacks, and is used when the server is promoted', async () => {
    await start(POSTGRES_LEDGER);
    await postgres.stop();
    await postgres.becomeStandby();
    await send();
    expect((await send()).status).toBe(204);
    expect(handled).toBe(2);
    expect(await new PostgresCallbackLedger(pool).warnings()).toEqual([expect.stringMatching(/is a standby/)]);

    await pool.query('SELECT pg_promote()');
    await until(() => running.observed.outcomes.recovered.length === 1, 15);
    expect(await new PostgresCallbackLedger(pool).warnings()).toEqual([]);
  });
});
