import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { BullCallbackInbox } from '../../../lib/bullmq/index.js';
import { type CallbackInbox, DeliveryFailedError } from '../../../lib/index.js';
import { PgBossCallbackInbox } from '../../../lib/pg-boss/index.js';
import { callbackInboxContract } from '../../../lib/testing/index.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres-server.js';
import { RedisServer } from '../../support/redis-server.js';

let server: RedisServer;
let client: Redis;
let database: TestDatabase;

beforeAll(async () => {
  server = await RedisServer.start();
  client = new Redis(server.port, '127.0.0.1', { maxRetriesPerRequest: null });
  database = await createTestDatabase();
}, 30_000);
afterAll(async () => {
  client.disconnect();
  await Promise.all([server.remove(), database.remove()]);
});

interface Own {
  readonly queueName: string;
  readonly worker: boolean;
}

const bullmq = (connection: object, own: Own) =>
  new BullCallbackInbox({ attempts: 3, backoff: 50, connection, ...own });

const INBOXES: Readonly<Record<string, (own: Own) => CallbackInbox>> = {
  'BullCallbackInbox with the options of a connection': (own) => bullmq({ port: server.port }, own),
  'BullCallbackInbox with a client of the application': (own) =>
    bullmq(client, { ...own, queueName: `client-${own.queueName}` }),
  PgBossCallbackInbox: (own) =>
    new PgBossCallbackInbox({
      attempts: 3,
      retryDelayMax: 1,
      pollingInterval: 0.5,
      connection: database.url,
      ...own,
    }),
};

const final = () => new DeliveryFailedError('answered 400', 'give-up');
const casesOf = (inbox: (own: Own) => CallbackInbox, queueName: string) =>
  callbackInboxContract(({ accepting }) => inbox({ queueName, worker: !accepting }), final);

describe.each(Object.keys(INBOXES))('%s', (name) => {
  const inbox = INBOXES[name] as (own: Own) => CallbackInbox;

  // Most cases wait, and each has a queue of its own: so they wait together.
  for (const [index, { name: title }] of casesOf(inbox, '').entries()) {
    it.concurrent(title, async () => casesOf(inbox, `case-${index}`)[index]?.run(), 20_000);
  }
});

describe('The client of an application', () => {
  it('stays connected', async () => {
    expect(await client.ping()).toBe('PONG');
  });
});
