import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis, type RedisOptions } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { BullCallbackInbox, type BullCallbackInboxOptions } from '../../../lib/bullmq/index.js';
import { type BreakingPoint, InterruptedLine } from '../../support/interrupted-line.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { storedCallback } from '../arrivals.js';

let server: RedisServer;
let line: InterruptedLine;
let client: Redis | undefined;
let inboxes: BullCallbackInbox[];

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.remove());
beforeEach(() => {
  inboxes = [];
});
afterEach(async () => {
  for (const inbox of inboxes) {
    await inbox.stop();
    await inbox.close();
  }
  client?.disconnect();
  client = undefined;
  await line.remove();
});

function clientWith(options: RedisOptions): Redis {
  client = new Redis(line.port, '127.0.0.1', options);
  client.on('error', () => undefined);
  return client;
}

const CONNECTIONS: readonly (readonly [string, () => BullCallbackInboxOptions['connection']])[] = [
  ['the options of a connection', () => ({ port: line.port })],
  ['the options of a lazy connection', () => ({ port: line.port, lazyConnect: true })],
  ['a client of the application', () => clientWith({})],
  ['a lazy client of the application', () => clientWith({ lazyConnect: true })],
];

const BREAKING_POINTS: readonly BreakingPoint[] = ['connected', 'ready'];

const CASES = BREAKING_POINTS.flatMap((point) =>
  CONNECTIONS.map(([name, connection]) => ({ point, name, connection })),
);

describe.each(CASES)('an inbox with $name whose first connections break once $point', ({ point, connection }) => {
  beforeEach(async () => {
    line = await InterruptedLine.to(server.port, point);
  });

  it('stores callbacks once Redis can be reached', async () => {
    const inbox = new BullCallbackInbox({ connection: connection(), queueName: randomUUID() });
    inboxes.push(inbox);
    await until(() => line.breaks >= 3);
    line.repair();

    await until(() =>
      inbox.put(storedCallback()).then(
        (result) => result === 'stored',
        () => false,
      ),
    );
    expect(await inbox.counts()).toEqual({ waiting: 1, dead: 0 });
  });

  it('handles callbacks once Redis can be reached', async () => {
    const queueName = randomUUID();
    const accepting = new BullCallbackInbox({ connection: { port: server.port }, queueName, worker: false });
    const inbox = new BullCallbackInbox({ connection: connection(), queueName });
    inboxes.push(accepting, inbox);
    await accepting.put(storedCallback({ id: 'a' }));
    const handled: string[] = [];
    void inbox.start(
      ({ id }) => {
        handled.push(id);
        return Promise.resolve();
      },
      () => undefined,
    );
    await until(() => line.breaks >= 12);
    line.repair();

    await until(() => handled.length === 1);
    await accepting.put(storedCallback({ id: 'b' }));
    await until(() => handled.length === 2);
    expect(handled).toEqual(['a', 'b']);
  });
});

describe('an inbox that could not reach Redis for long', () => {
  it('still tries again every few seconds', async () => {
    line = await InterruptedLine.to(server.port, 'connected');
    inboxes.push(new BullCallbackInbox({ connection: { port: line.port } }));

    // With BullMQ's own pauses this many attempts take half a minute.
    await until(() => line.breaks >= 12);
  });
});
