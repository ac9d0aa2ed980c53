import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { BullCallbackInbox } from '../../../lib/bullmq/index.js';
import { DeliveryFailedError } from '../../../lib/index.js';
import { callbackInboxContract } from '../../../lib/testing/index.js';
import { RedisServer } from '../../support/redis-server.js';

describe('BullCallbackInbox', () => {
  let server: RedisServer;
  let client: Redis;

  beforeAll(async () => {
    server = await RedisServer.start();
    client = new Redis(server.port, '127.0.0.1', { maxRetriesPerRequest: null });
  });
  afterAll(async () => {
    client.disconnect();
    await server.remove();
  });

  const final = () => new DeliveryFailedError('answered 400', 'give-up');
  const settings = { attempts: 3, backoff: 50 };

  describe('with the options of a connection', () => {
    const contract = callbackInboxContract(
      ({ accepting }) =>
        new BullCallbackInbox({
          ...settings,
          connection: { port: server.port },
          worker: !accepting,
          queueName: 'options',
        }),
      final,
    );
    for (const { name, run } of contract) it(name, run, 20_000);
  });

  describe('with a client of the application', () => {
    const contract = callbackInboxContract(
      ({ accepting }) =>
        new BullCallbackInbox({ ...settings, connection: client, worker: !accepting, queueName: 'client' }),
      final,
    );
    for (const { name, run } of contract) it(name, run, 20_000);

    it('leaves that client connected', async () => {
      await client.ping();
    });
  });
});
