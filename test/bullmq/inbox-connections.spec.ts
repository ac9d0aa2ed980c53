import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis, type RedisOptions } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { BullCallbackInbox, type BullCallbackInboxOptions, InboxNotReadyError } from '../../lib/bullmq/index.js';
import { InboxConnections } from '../../lib/bullmq/redis-connection.js';
import { storedCallback } from '../delivery/arrivals.js';
import { describeHangingStore } from '../delivery/inbox/hanging-store.js';
import { type BreakingPoint, InterruptedLine } from '../support/interrupted-line.js';
import { KeptLogs } from '../support/logs.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

let server: RedisServer;
let queueName: string;
let inbox: BullCallbackInbox;
let made: BullCallbackInbox[];
let client: Redis | undefined;
let line: InterruptedLine | undefined;
/** The ids of the callbacks that the worker handled. */
let handled: string[];

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.remove());
beforeEach(() => {
  queueName = randomUUID();
  [made, client, line, handled] = [[], undefined, undefined, []];
  Logger.overrideLogger(new KeptLogs());
});
afterEach(async () => {
  server.resume();
  for (const each of made) {
    await each.stop();
    await each.close();
  }
  client?.disconnect();
  await line?.remove();
  if (!server.isRunning) await server.restart();
});

type Connection = BullCallbackInboxOptions['connection'];

function newInbox(connection: Connection = { port: server.port }, worker = false): BullCallbackInbox {
  inbox = new BullCallbackInbox({ connection, queueName, worker });
  made.push(inbox);
  return inbox;
}

/** Starts an inbox with a worker. */
function startInbox(connection: Connection, handle: () => unknown = () => undefined): void {
  void newInbox(connection, true).start(
    async ({ id }) => {
      handled.push(id);
      await handle();
    },
    () => undefined,
  );
}

/** A client of the application. */
function clientWith(options: RedisOptions, port = server.port): Redis {
  client = new Redis(port, '127.0.0.1', options);
  return client.on('error', () => undefined);
}

const put = (id: string): Promise<unknown> =>
  inbox.put(storedCallback({ id, body: '' })).catch((error: unknown) => error);
const waiting = async (): Promise<number | undefined> => (await inbox.counts().catch(() => undefined))?.waiting;

describe('the connections of an inbox', () => {
  it('reconnect within 2 s after Redis is back', () => {
    const connections = new InboxConnections({ port: 1 });

    for (const connection of [connections.forProducer(), connections.forWorker()]) {
      const retryStrategy = Reflect.get(connection, 'retryStrategy') as (attempts: number) => number;
      expect([1, 10, 40, 1000].map(retryStrategy)).toEqual([50, 500, 2000, 2000]);
    }
  });

  it('reconnect as the application says', () => {
    const retryStrategy = () => 7;

    expect(new InboxConnections({ port: 1, retryStrategy }).forWorker()).toMatchObject({ retryStrategy });
  });
});

const BREAKING_POINTS: readonly BreakingPoint[] = ['connected', 'ready'];
const CONNECTIONS: Readonly<Record<string, (port: number) => Connection>> = {
  'the options of a connection': (port) => ({ port }),
  'the options of a lazy connection': (port) => ({ port, lazyConnect: true }),
  'a client of the application': (port) => clientWith({}, port),
  'a lazy client of the application': (port) => clientWith({ lazyConnect: true }, port),
};

describe.each(BREAKING_POINTS)('an inbox whose first connections break once %s', (point) => {
  it.each(Object.entries(CONNECTIONS))(
    'stores and handles callbacks once Redis is reached, with %s',
    async (_, connect) => {
      const broken = (line = await InterruptedLine.to(server.port, point));
      startInbox(connect(broken.port));
      await until(() => broken.breaks >= 8);
      broken.repair();

      await until(async () => (await put('archive-1')) === 'stored');
      await until(() => handled.length === 1);
      expect(await put('archive-2')).toBe('stored');
      await until(() => handled.length === 2);
      expect(handled).toEqual(['archive-1', 'archive-2']);
    },
  );
});

describe('an inbox whose Redis was never there', () => {
  it('refuses a callback at once, and does not store it when Redis is there', async () => {
    await server.stop();
    newInbox();
    const started = performance.now();
    expect(await put('archive-1')).toBeInstanceOf(InboxNotReadyError);
    expect(performance.now() - started).toBeLessThan(1000);
    await server.restart();

    await until(async () => (await put('archive-2')) === 'stored');
    expect(await waiting()).toBe(1);
  });

  it('neither lists nor redrives dead callbacks until Redis is there', async () => {
    await server.stop();
    newInbox();
    await expect(inbox.deadCallbacks()).rejects.toThrow(InboxNotReadyError);
    await expect(inbox.redrive()).rejects.toThrow(InboxNotReadyError);
    await server.restart();

    await until(async () => (await inbox.redrive().catch(() => undefined))?.length === 0);
  });
});

describeHangingStore('Redis', () => ({ inbox: newInbox(), server }));

describe('the worker of an inbox', () => {
  it('waits for callbacks longer than the client of the application waits for an answer', async () => {
    startInbox(clientWith({ commandTimeout: 100 }));
    await wait(500);
    await put('archive-1');

    await until(() => handled.length === 1);
  });

  it('finishes a callback when Redis is back, though the client of the application fails fast', async () => {
    const failFast = { enableOfflineQueue: false, maxRetriesPerRequest: 0 };
    startInbox(clientWith(failFast), () => (handled.length === 1 ? server.stop('SIGKILL') : undefined));
    await until(async () => (await put('archive-1')) === 'stored');
    await until(() => handled.length === 1);
    await wait(500);
    await server.restart();

    await until(async () => (await waiting()) === 0);
    expect(handled).toEqual(['archive-1']);
  });

  it('goes on after a restart of Redis, also if the client of the application sends nothing again', async () => {
    startInbox(clientWith({ autoResendUnfulfilledCommands: false }), () => {
      // That the first one was handled is reported to a Redis that no longer answers.
      if (handled.length === 1) server.pause();
    });
    await put('archive-1');
    await until(() => handled.length === 1);
    await wait(100);
    await server.stop('SIGKILL');
    await server.restart();

    await until(async () => (await put('archive-2')) === 'stored');
    await until(() => handled.includes('archive-2'));
  });
});
