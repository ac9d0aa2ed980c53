import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { MemoryCallbackLedger } from '../../../lib/delivery/ledger/callback-ledger.js';
import { RedisCallbackLedger } from '../../../lib/redis/index.js';
import { callbackLedgerContract } from '../../../lib/testing/index.js';
import { setTimeout as wait } from 'node:timers/promises';
import { RedisServer } from '../../support/redis-server.js';

let single: RedisServer;
let cluster: RedisServer;
let ioRedis: Redis;
let nodeRedis: ReturnType<typeof createClient>;
let ioRedisCluster: Cluster;
let nodeRedisCluster: ReturnType<typeof createCluster>;

beforeAll(async () => {
  single = await RedisServer.start();
  ioRedis = new Redis(single.port, '127.0.0.1');
  nodeRedis = createClient({ url: single.url });
  await nodeRedis.connect();

  // One node that holds every slot is enough for commands on more than one key to be refused.
  cluster = await RedisServer.start('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1');
  const node = new Redis(cluster.port, '127.0.0.1');
  await node.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  while (!String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await wait(50);
  node.disconnect();
  ioRedisCluster = new Cluster([{ host: '127.0.0.1', port: cluster.port }]);
  nodeRedisCluster = createCluster({ rootNodes: [{ url: cluster.url }] });
  await nodeRedisCluster.connect();
}, 20_000);
afterAll(async () => {
  ioRedis.disconnect();
  nodeRedis.destroy();
  ioRedisCluster.disconnect();
  nodeRedisCluster.destroy();
  await single.remove();
  await cluster.remove();
});

const SHARED = { concurrent: true };
const CONTRACTS = {
  MemoryCallbackLedger: callbackLedgerContract(({ retention }) => new MemoryCallbackLedger({ retention })),
  'RedisCallbackLedger with ioredis': callbackLedgerContract(
    (times) => new RedisCallbackLedger(ioRedis, times),
    SHARED,
  ),
  'RedisCallbackLedger with node-redis': callbackLedgerContract(
    (times) => new RedisCallbackLedger(nodeRedis, times),
    SHARED,
  ),
  'RedisCallbackLedger on a cluster with ioredis': callbackLedgerContract(
    (times) => new RedisCallbackLedger(ioRedisCluster, times),
    SHARED,
  ),
  'RedisCallbackLedger on a cluster with node-redis': callbackLedgerContract(
    (times) => new RedisCallbackLedger(nodeRedisCluster, times),
    SHARED,
  ),
};

describe('the contract of ledgers', () => {
  for (const [ledger, contract] of Object.entries(CONTRACTS)) {
    // Some cases wait for seconds, and none knows of another's callbacks: so they wait together.
    for (const { name, run } of contract) it.concurrent(`${ledger}: ${name}`, run, 20_000);
  }
});
