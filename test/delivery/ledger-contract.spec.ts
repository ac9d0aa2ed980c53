import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { MemoryCallbackLedger } from '../../lib/index.js';
import { RedisCallbackLedger } from '../../lib/redis/index.js';
import { callbackLedgerContract } from '../../lib/testing/index.js';
import { setTimeout as wait } from 'node:timers/promises';
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

describe('RedisCallbackLedger on a cluster', () => {
  let server: RedisServer;
  let ioRedis: Cluster;
  let nodeRedis: ReturnType<typeof createCluster>;

  beforeAll(async () => {
    // One node that holds every slot is enough for commands on more than one key to be refused.
    server = await RedisServer.start('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1');
    const node = new Redis(server.port, '127.0.0.1');
    await node.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    while (!String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await wait(50);
    node.disconnect();
    ioRedis = new Cluster([{ host: '127.0.0.1', port: server.port }]);
    nodeRedis = createCluster({ rootNodes: [{ url: server.url }] });
    await nodeRedis.connect();
  }, 20_000);
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
