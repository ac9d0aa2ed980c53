import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis, type RedisOptions } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import { BullCallbackInbox } from '../../../lib/bullmq/index.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { storedCallback } from '../arrivals.js';

let server: RedisServer;
let client: Redis;
let inbox: BullCallbackInbox;
let handled: number;

beforeEach(async () => {
  server = await RedisServer.start();
  handled = 0;
});
afterEach(async () => {
  await inbox.stop();
  await inbox.close();
  client.disconnect();
  await server.remove();
});

function startInbox(clientOptions: RedisOptions, handle: () => Promise<void>): void {
  client = new Redis(server.port, '127.0.0.1', clientOptions);
  client.on('error', () => undefined);
  inbox = new BullCallbackInbox({ connection: client });
  const deliver = (): Promise<void> => {
    handled += 1;
    return handle();
  };
  void inbox.start(deliver, () => undefined);
}

describe('the worker of an inbox', () => {
  it('waits for callbacks longer than the client of the application waits for an answer', async () => {
    startInbox({ commandTimeout: 100 }, () => Promise.resolve());
    await wait(500);
    await inbox.put(storedCallback());

    await until(() => handled === 1);
  });

  it('finishes a callback when Redis is back, though the client of the application fails fast', async () => {
    startInbox({ enableOfflineQueue: false, maxRetriesPerRequest: 0 }, async () => {
      if (handled === 1) await server.stop('SIGKILL');
    });
    await inbox.put(storedCallback());
    await until(() => handled === 1);
    await wait(500);
    await server.restart();

    await until(async () => (await inbox.counts().catch(() => undefined))?.waiting === 0);
    expect(handled).toBe(1);
  });
});
