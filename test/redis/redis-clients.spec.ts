import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis, type RedisOptions } from 'ioredis';
import { createClient, createClientPool, RESP_TYPES } from 'redis';
import { type NodeRedisClient, RedisCallbackLedger, type RedisClient } from '../../lib/redis/index.js';
import { expectOperations } from '../delivery/ledger/operations.js';
import { RedisServer } from '../support/redis-server.js';

let server: RedisServer;
let admin: Redis;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
  admin = new Redis(server.port, '127.0.0.1');
});
afterAll(async () => {
  admin.disconnect();
  await server.remove();
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await admin.flushall();
});

function ioRedis(options: RedisOptions = {}): Redis {
  const client = new Redis({ port: server.port, ...options });
  closers.push(() => {
    client.disconnect();
  });
  return client;
}

async function nodeRedis(options: Parameters<typeof createClient>[0] = {}) {
  const client = createClient({ url: server.url, ...options });
  closers.push(() => client.close());
  await client.connect();
  return client;
}

const CLIENTS: readonly (readonly [string, () => RedisClient | Promise<RedisClient>])[] = [
  ['ioredis', ioRedis],
  ['ioredis with stringNumbers', () => ioRedis({ stringNumbers: true })],
  ['ioredis with keyPrefix', () => ioRedis({ keyPrefix: 'tenant-1:' })],
  ['ioredis with enableAutoPipelining', () => ioRedis({ enableAutoPipelining: true })],
  [
    'ioredis whose eval answers with bytes',
    () => {
      const client = ioRedis();
      return {
        eval: (...command: Parameters<Redis['eval']>) => client.callBuffer('EVAL', ...command),
        defineCommand: client.defineCommand.bind(client),
      };
    },
  ],
  ['node-redis with RESP 2', () => nodeRedis({ RESP: 2 })],
  ['node-redis with RESP 3', () => nodeRedis({ RESP: 3 })],
  ['node-redis with bytes', async () => (await nodeRedis()).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })],
  ['node-redis with numbers as text', async () => (await nodeRedis()).withTypeMapping({ [RESP_TYPES.NUMBER]: String })],
  [
    'a pool of node-redis',
    async () => {
      const pool = createClientPool({ url: server.url });
      closers.push(() => pool.close());
      await pool.connect();
      return pool;
    },
  ],
];

describe.each(CLIENTS)('RedisCallbackLedger on %s', (_, connect) => {
  it('claims, renews, releases and completes', async () => {
    await expectOperations(new RedisCallbackLedger(await connect()));
  });

  it('warns if Redis may evict callbacks', async () => {
    const ledger = new RedisCallbackLedger(await connect());
    await admin.config('SET', 'maxmemory', '100mb', 'maxmemory-policy', 'volatile-ttl');
    try {
      expect(await ledger.warnings()).toEqual([
        'The Redis of the ledger may forget handled callbacks when it is full (maxmemory-policy volatile-ttl), and a ' +
          'replay of one would be handled again: set maxmemory-policy to noeviction, or use another Redis.',
      ]);
    } finally {
      await admin.config('SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
    }
  });
});

describe('RedisCallbackLedger', () => {
  it.each([
    ['evicts nothing', ['maxmemory', '100mb', 'maxmemory-policy', 'noeviction']],
    ['has no limit', ['maxmemory', '0', 'maxmemory-policy', 'allkeys-lru']],
  ] as const)('warns of nothing if Redis %s', async (_, [...settings]) => {
    await admin.config('SET', ...settings);
    try {
      expect(await new RedisCallbackLedger(ioRedis()).warnings()).toEqual([]);
    } finally {
      await admin.config('SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
    }
  });

  it('warns of nothing if Redis does not say how it is set up', async () => {
    await admin.acl('SETUSER', 'limited', 'on', '>secret', '~*', '+@all', '-info');
    const ledger = new RedisCallbackLedger(ioRedis({ username: 'limited', password: 'secret' }));

    expect(await ledger.warnings()).toEqual([]);
    expect(await ledger.claim('a', 'me')).toBe('claimed');
  });

  it('keeps apart what clients with different prefixes remember', async () => {
    const [one, other] = ['tenant-1:', 'tenant-2:'].map((keyPrefix) => new RedisCallbackLedger(ioRedis({ keyPrefix })));
    await one?.complete('a');

    expect(await other?.claim('a', 'me')).toBe('claimed');
    expect((await admin.keys('*')).sort()).toEqual(['tenant-1:video-callbacks:a', 'tenant-2:video-callbacks:a']);
  });

  it.each([null, undefined, ['claimed'], {}, 'another', 7])(
    'rejects a reply that it does not know: %p',
    async (reply) => {
      const ledger = new RedisCallbackLedger({ eval: () => Promise.resolve(reply) });

      await expect(ledger.claim('a', 'me')).rejects.toMatchObject({ name: 'UnknownReplyError' });
      await expect(ledger.renew('a', 'me')).rejects.toMatchObject({ name: 'UnknownReplyError' });
    },
  );

  const client = { eval: () => Promise.resolve('claimed') };
  it.each<[string, unknown[], RegExp]>([
    ['no client', [undefined], /^the client is undefined: give a client of redis or ioredis/],
    ['null', [null], /^the client is null: give a client/],
    ['a URL', ['redis://:secret@host'], /^the client is a string: give a client/],
    ['a promise of a client', [Promise.resolve(client)], /^the client is a promise: await it/],
    ['options of a client', [{ url: 'redis://:secret@host' }], /^the client has no method eval: give a client/],
    ['a prefix that is not a string', [client, { prefix: 5 }], /^prefix is 5: it must be a string/],
    ['options that are none', [client, 'mine:'], /^the options of RedisCallbackLedger are a string: give an object/],
    ['options that are null', [client, null], /^the options of RedisCallbackLedger are null: give an object/],
    [
      'an unknown option',
      [client, { retentions: 1 }],
      /^there is no option "retentions" of .*prefix, retention, lease/,
    ],
  ])('refuses %s', (_, given, message) => {
    const construct = (): unknown => Reflect.construct(RedisCallbackLedger, given);

    expect(construct).toThrow(TypeError);
    expect(construct).toThrow(message);
    expect(construct).not.toThrow(/secret/);
  });

  it('refuses a client that calls back instead of returning promises', async () => {
    const legacy: unknown = (await nodeRedis()).legacy();

    expect(() => new RedisCallbackLedger(legacy as NodeRedisClient)).toThrow(
      'the client is one of legacy(), which returns no promises: give the client itself.',
    );
  });
});
