import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { MemoryCallbackLedger } from '../../lib/index.js';
import { RedisCallbackLedger } from '../../lib/redis/index.js';
import { callbackLedgerContract } from '../../lib/testing/index.js';
import { RedisServer } from '../support/redis-server.js';

describe('MemoryCallbackLedger', () => {
  for (const { name, run } of callbackLedgerContract(({ retention }) => new MemoryCallbackLedger({ retention }))) {
    it(name, run, 10_000);
  }
});

describe('RedisCallbackLedger', () => {
  let server: RedisServer;
  let ioRedis: Redis;
  let nodeRedis: ReturnType<typeof createClient>;

  beforeAll(async () => {
    server = await RedisServer.start();
    ioRedis = new Redis(server.port, '127.0.0.1');
    nodeRedis = createClient({ url: server.url });
    await nodeRedis.connect();
  });
  afterAll(async () => {
    ioRedis.disconnect();
    nodeRedis.destroy();
    await server.remove();
  });

  describe('with ioredis', () => {
    const contract = callbackLedgerContract((times) => new RedisCallbackLedger(ioRedis, times), { concurrent: true });
    for (const { name, run } of contract) it(name, run, 10_000);
  });

  describe('with node-redis', () => {
    const contract = callbackLedgerContract((times) => new RedisCallbackLedger(nodeRedis, times), { concurrent: true });
    for (const { name, run } of contract) it(name, run, 10_000);
  });
});
