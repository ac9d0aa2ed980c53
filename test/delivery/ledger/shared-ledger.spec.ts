import { Controller, Post } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'pg';
import { type CallbackLedger, VideoCallback } from '../../../lib/index.js';
import { PostgresCallbackLedger, postgresLedgerSchema } from '../../../lib/postgres/index.js';
import { RedisCallbackLedger } from '../../../lib/redis/index.js';
import { type Platform, type RunningApplication, startApplication } from '../../support/application.js';
import { PAYLOADS } from '../../support/payloads.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres-server.js';
import { RedisServer } from '../../support/redis-server.js';
import { signed, type SignedRequest } from '../../support/signer.js';
import { until } from '../../support/until.js';

const PATH = '/video/archives';
/** In seconds. */
const LEASE = 0.6;

let server: RedisServer;
let client: Redis;
let database: TestDatabase;
let pool: Pool;
let applications: RunningApplication[];
let calls: number;
let behave: () => Promise<void>;

@Controller('video')
class VideoController {
  @Post('archives')
  @VideoCallback('archive')
  async onArchive(): Promise<void> {
    calls += 1;
    await behave();
  }
}

beforeAll(async () => {
  server = await RedisServer.start();
  client = new Redis(server.port, '127.0.0.1', { maxRetriesPerRequest: 0, enableOfflineQueue: false });
  await new Promise((resolve) => client.once('ready', resolve));
  database = await createTestDatabase();
  pool = new Pool({ connectionString: database.url, max: 4 });
  await pool.query(postgresLedgerSchema());
}, 30_000);
afterAll(async () => {
  client.disconnect();
  await pool.end();
  await Promise.all([server.remove(), database.remove()]);
});
beforeEach(async () => {
  calls = 0;
  behave = () => Promise.resolve();
  await client.flushall();
  await pool.query('TRUNCATE video_callback_ledger');
});

/** To each application in turn. */
const send = async (request: SignedRequest, index: number): Promise<number> =>
  (await applications[index % 2]?.post(PATH, request))?.status ?? 0;

async function commandCount(): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1]);
}

interface Store {
  readonly name: string;
  readonly platform: Platform;
  readonly ledger: () => CallbackLedger;
  /** Replaces the one record by what a process leaves that was killed while it handled the callback. */
  readonly leaveClaim: () => Promise<void>;
}

const STORES: readonly Store[] = [
  {
    name: 'Redis',
    platform: 'express',
    ledger: () => new RedisCallbackLedger(client, { lease: LEASE }),
    leaveClaim: async () => {
      const [key = ''] = await client.keys('video-callbacks:*');
      await client.set(key, 'a-process-that-died', 'PX', 1000 * LEASE);
    },
  },
  {
    name: 'Postgres',
    platform: 'fastify',
    ledger: () => new PostgresCallbackLedger(pool, { lease: LEASE }),
    leaveClaim: async () => {
      const claim = `UPDATE video_callback_ledger SET holder = 'a-process-that-died', expires_at = now() + interval '${LEASE} s'`;
      await until(
        async () => (await pool.query(`${claim} WHERE holder IS NULL AND id LIKE 'archive-%'`)).rowCount === 1,
      );
    },
  },
];

describe.each(STORES)('applications that share a ledger in $name', ({ name, platform, ledger, leaveClaim }) => {
  beforeAll(async () => {
    const start = () => startApplication({ platform, controllers: [VideoController], options: { ledger: ledger() } });
    applications = await Promise.all([start(), start()]);
  });
  afterAll(() => Promise.all(applications.map((application) => application.close())));

  it('handle a callback once, although its copies come to both at once', async () => {
    const requests = Array.from({ length: 20 }, () => signed(PAYLOADS.archive));
    const copies = requests.flatMap((request) => Array.from({ length: 4 }, (_, index) => send(request, index)));

    expect(await Promise.all(copies)).toEqual(Array(80).fill(204));
    expect(calls).toBe(20);
  });

  it('keep the claim of a method that takes longer than the lease', async () => {
    behave = async () => wait(1500);
    const request = signed(PAYLOADS.archive);
    const first = send(request, 0);
    await wait(900);

    expect(await send(request, 1)).toBe(204);
    expect(await first).toBe(204);
    expect(calls).toBe(1);
  });

  it('take over the claim of a process that died, after its lease', async () => {
    const request = signed(PAYLOADS.archive);
    await send(request, 0);
    await leaveClaim();

    expect(await send(request, 1)).toBe(204);
    expect(calls).toBe(2);
  });

  if (name === 'Redis') {
    it('send few commands, however many copies wait', async () => {
      behave = async () => wait(1500);
      const request = signed(PAYLOADS.archive);
      const first = send(request, 0);
      await wait(200);
      const before = await commandCount();
      const waiting = Array.from({ length: 100 }, (_, index) => send(request, index));
      await Promise.all([first, ...waiting]);

      // Each copy asks once; then two processes look about six times, and the claim is renewed about seven times. Every
      // look is a script of up to three commands.
      expect((await commandCount()) - before).toBeLessThan(100 * 2 + 60);
      expect(calls).toBe(1);
    });
  }
});
