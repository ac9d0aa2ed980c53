import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { PgBossCallbackInbox, type PgBossCallbackInboxOptions } from '../../lib/pg-boss/index.js';
import { storedCallback } from '../delivery/arrivals.js';
import { describeHangingStore } from '../delivery/inbox/hanging-store.js';
import { KeptLogs } from '../support/logs.js';
import { PostgresServer } from '../support/postgres-server.js';
import { until } from '../support/until.js';

// The server is stopped and started.
jest.setTimeout(60_000);

let server: PostgresServer;
let queueName: string;
let inbox: PgBossCallbackInbox;
let logs: KeptLogs;
let handled: string[];

beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server.remove());
beforeEach(() => {
  queueName = randomUUID();
  logs = new KeptLogs();
  Logger.overrideLogger(logs);
  handled = [];
});
afterEach(async () => {
  server.resume();
  await inbox.stop();
  await inbox.close();
  if (!server.isRunning) await server.restart();
});

function newInbox(options: Partial<PgBossCallbackInboxOptions> = {}): PgBossCallbackInbox {
  inbox = new PgBossCallbackInbox({
    connection: server.url,
    queueName,
    worker: false,
    pollingInterval: 0.5,
    ...options,
  });
  return inbox;
}

function startWorker(
  handle: () => Promise<void> = () => Promise.resolve(),
  connection: PgBossCallbackInboxOptions['connection'] = server.url,
): void {
  newInbox({ worker: true, connection }).start(
    async ({ id }) => {
      handled.push(id);
      await handle();
    },
    () => undefined,
  );
}

const put = (id: string): Promise<string> =>
  inbox.put(storedCallback({ id })).catch((error: unknown) => `failed: ${String(error)}`);
async function promote(): Promise<void> {
  const client = new Client(server.url);
  await client.connect();
  await client.query('SELECT pg_promote()');
  await client.end();
}

const isEmpty = async (): Promise<boolean> => (await inbox.counts().catch(() => undefined))?.waiting === 0;

describe('an inbox whose Postgres was never there', () => {
  it('refuses a callback at once, does not store it later, and takes others when Postgres is there', async () => {
    await server.stop();
    newInbox();
    const started = performance.now();
    expect(await put('archive-1')).toMatch(/failed/);
    expect(performance.now() - started).toBeLessThan(1000);
    await server.restart();

    await until(async () => (await put('archive-2')) === 'stored');
    expect(await inbox.counts()).toEqual({ waiting: 1, dead: 0 });
  });

  it('begins to handle callbacks when Postgres is there', async () => {
    await server.stop();
    startWorker(undefined, { connectionString: server.url, schema: 'of_a_worker' });
    await wait(500);
    await server.restart();

    await until(async () => (await put('archive-1')) === 'stored');
    await until(() => handled.length === 1);
    expect(logs.of('error')).toEqual([
      expect.stringMatching(
        /^error The inbox's worker cannot use Postgres \("ECONNREFUSED"\): stored callbacks wait\./,
      ),
    ]);
  });
});

describeHangingStore('Postgres', () => ({ inbox: newInbox(), server }));

describe('an inbox whose Postgres hangs', () => {
  it('is stopped and closed within seconds', async () => {
    startWorker();
    await put('archive-1');
    await until(() => handled.length === 1);
    server.pause();
    const started = performance.now();
    await inbox.stop();
    await inbox.close();

    expect(performance.now() - started).toBeLessThan(6000);
  });
});

describe('an inbox whose Postgres is restarted', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)('(%s) goes on storing and handling', async (signal) => {
    startWorker();
    await put('archive-1');
    await until(() => handled.length === 1);
    await server.stop(signal);
    expect(await put('archive-2')).toMatch(/failed/);
    await server.restart();

    await until(async () => (await put('archive-3')) === 'stored');
    await until(isEmpty);
    expect(handled.filter((id) => id === 'archive-3')).toHaveLength(1);
    expect(logs.of('warn')).toEqual([expect.stringContaining('reaches Postgres again')]);
  });

  it('says nothing of a worker where it has none', async () => {
    newInbox();
    await put('archive-1');
    // Postgres says so to the connections of the pool, and closes them.
    await server.stop('SIGINT');
    await wait(300);
    await server.restart();
    await until(async () => (await put('archive-2')) === 'stored');

    expect(logs.lines).toEqual([]);
  });

  it('handles no callback again that completed while Postgres was stopped', async () => {
    let end: () => void = () => undefined;
    startWorker(() => new Promise((resolve) => (end = resolve)), {
      connectionString: server.url,
      superviseIntervalSeconds: 1,
      monitorIntervalSeconds: 1,
    });
    await put('archive-1');
    await until(() => handled.length === 1);
    await server.stop();
    end();
    await wait(300);
    await server.restart();

    // Until the job has missed its heartbeats, which takes 10 s.
    await wait(9000);
    await until(isEmpty, 40);
    expect(handled).toEqual(['archive-1']);
  });
});

describe('an inbox whose Postgres only reads', () => {
  it('warns of a role that may only read, and of nothing else', async () => {
    newInbox();
    expect(await inbox.warnings()).toEqual([]);
    await inbox.close();
    newInbox({ connection: `${server.url}?options=-c%20default_transaction_read_only%3Don` });

    expect(await inbox.warnings()).toEqual([expect.stringMatching(/lets its client only read/)]);
  });

  it('refuses callbacks until the server is promoted', async () => {
    newInbox();
    await put('archive-1');
    await server.stop();
    await server.becomeStandby();
    expect(await put('archive-2')).toMatch(/failed/);
    expect(await inbox.warnings()).toEqual([expect.stringContaining('is a standby')]);

    await promote();
    await until(async () => (await put('archive-3')) === 'stored');
  });
});
