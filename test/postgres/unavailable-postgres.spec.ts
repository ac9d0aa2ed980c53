import { Controller, Post } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool, type PoolClient } from 'pg';
import { VideoCallback, type VideoCallbacksOptions } from '../../lib/index.js';
import { PostgresCallbackLedger } from '../../lib/postgres/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { PostgresServer } from '../support/postgres-server.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';

const PATH = '/video/archives';
const STORAGE_TIMEOUT = 0.6;
const MARGIN_MS = 500;

let server: PostgresServer;
let pool: Pool;
let applications: RunningApplication[];
let held: PoolClient[];
let calls: number;
let behave: () => Promise<void>;

// Servers are made, stopped and started.
jest.setTimeout(40_000);

@Controller('video')
class VideoController {
  @Post('archives')
  @VideoCallback('archive')
  async onArchive(): Promise<void> {
    calls += 1;
    await behave();
  }
}

beforeEach(async () => {
  server = await PostgresServer.start();
  calls = 0;
  behave = () => Promise.resolve();
  pool = new Pool({ connectionString: server.url, max: 4 });
  pool.on('error', () => undefined);
  applications = [];
  held = [];
});
afterEach(async () => {
  server.resume();
  await releaseConnections();
  await Promise.all(applications.map((application) => application.close()));
  await server.remove();
  await pool.end();
});

/** An application of its own with a ledger of its own, in the one table. */
async function start(options: VideoCallbacksOptions = {}, setup = {}): Promise<RunningApplication> {
  const ledger = new PostgresCallbackLedger(pool, { createTable: true, lease: 0.6 });
  const running = await startApplication({
    ...setup,
    controllers: [VideoController],
    options: { ledger, storageTimeout: STORAGE_TIMEOUT, ...options },
  });
  applications.push(running);
  // The table is made, and connections are open.
  await send(running);
  await until(async () => (await rows()) > 0);
  calls = 0;
  return running;
}

async function rows(): Promise<number> {
  return (await pool.query('SELECT FROM video_callback_ledger WHERE holder IS NULL')).rowCount ?? 0;
}

async function send(running: RunningApplication | undefined, request = signed(PAYLOADS.archive)) {
  const startedAt = performance.now();
  const answer = await running?.post(PATH, request);
  return { status: answer?.status, ms: performance.now() - startedAt };
}

function hang(): Promise<void> {
  server.pause();
  return Promise.resolve();
}

function resume(): Promise<void> {
  server.resume();
  return Promise.resolve();
}

async function holdAllConnections(): Promise<void> {
  held = await Promise.all(Array.from({ length: 4 }, () => pool.connect()));
}

function releaseConnections(): Promise<void> {
  for (const client of held.splice(0)) client.release();
  return Promise.resolve();
}

describe('applications that share a ledger in Postgres', () => {
  it.each(PLATFORMS)('handle a callback once on %s, although its copies come to both at once', async (platform) => {
    const both = [await start({}, { platform }), await start({}, { platform })];
    calls = 0;
    const requests = Array.from({ length: 20 }, () => signed(PAYLOADS.archive));
    const copies = requests.flatMap((request) =>
      Array.from({ length: 4 }, (_, index) => send(both[index % 2], request)),
    );

    for (const { status } of await Promise.all(copies)) expect(status).toBe(204);
    expect(calls).toBe(20);
  });

  it('keep the claim of a method that takes longer than the lease', async () => {
    const [one, other] = [await start(), await start()];
    calls = 0;
    behave = async () => wait(2000);
    const request = signed(PAYLOADS.archive);
    const first = send(one, request);
    await wait(900);

    expect((await send(other, request)).status).toBe(204);
    expect((await first).status).toBe(204);
    expect(calls).toBe(1);
  });

  it('take over the claim of a process that died, after its lease', async () => {
    const running = await start();
    const request = signed(PAYLOADS.archive);
    await send(running, request);
    await until(async () => (await rows()) === 2);
    // What a process leaves that was killed while it handled the callback.
    await pool.query("UPDATE video_callback_ledger SET holder = 'dead', expires_at = now() + interval '0.6 s'");

    expect((await send(running, request)).status).toBe(204);
    expect(calls).toBe(2);
  });
});

describe('while the Postgres of a ledger', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['is stopped', () => server.stop()],
    ['crashed', () => server.stop('SIGKILL')],
    ['hangs', hang],
    ['gives no connection of the pool', holdAllConnections],
  ])('%s, callbacks are handled within storageTimeout, and the next do not wait', async (_, inject) => {
    const running = await start();
    await inject();
    const first = await Promise.all(Array.from({ length: 5 }, () => send(running)));
    const next = [await send(running), await send(running)];

    for (const { status, ms } of [...first, ...next]) {
      expect(status).toBe(204);
      expect(ms).toBeLessThan(1000 * STORAGE_TIMEOUT + MARGIN_MS);
    }
    for (const { ms } of next) expect(ms).toBeLessThan(MARGIN_MS);
    expect(calls).toBe(7);
    expect(running.observed.outcomes.unavailable).toHaveLength(7);
  });

  it('is stopped, callbacks are answered 503 with unavailable: reject', async () => {
    const running = await start({ unavailable: 'reject' });
    await server.stop();
    await send(running);

    expect((await send(running)).status).toBe(503);
    expect(calls).toBe(0);
  });

  it.each([
    ['crashed', () => server.stop('SIGKILL'), () => server.restart()],
    ['hung', hang, resume],
    ['gave no connection of the pool', holdAllConnections, releaseConnections],
  ])('%s, what was handled meanwhile is known to all when it is back', async (_, inject, recover) => {
    const [one, other] = [await start(), await start()];
    calls = 0;
    const request = signed(PAYLOADS.archive);
    await inject();
    expect((await send(one, request)).status).toBe(204);
    await recover();
    await until(() => one.observed.outcomes.recovered.length === 1, 15);
    await until(async () => (await rows()) >= 3);

    expect((await send(other, request)).status).toBe(204);
    expect(calls).toBe(1);
  });

  it('is a standby, it is warned of, and callbacks are handled; claims go on after its promotion', async () => {
    const running = await start();
    await server.stop();
    await server.becomeStandby();
    await send(running);
    expect((await send(running)).status).toBe(204);
    expect(calls).toBe(2);
    expect(await new PostgresCallbackLedger(pool).warnings()).toEqual([expect.stringMatching(/is a standby/)]);

    await pool.query('SELECT pg_promote()');
    await until(() => running.observed.outcomes.recovered.length === 1, 15);
    expect(await new PostgresCallbackLedger(pool).warnings()).toEqual([]);
  });
});
