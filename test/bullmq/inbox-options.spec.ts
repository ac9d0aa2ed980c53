import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { createClient } from 'redis';
import { BullCallbackInbox } from '../../lib/bullmq/index.js';
import { storedCallback } from '../delivery/arrivals.js';
import { RedisServer } from '../support/redis-server.js';

/** As an application without types may have written it. */
const made = (options: object): BullCallbackInbox => new BullCallbackInbox(options as never);

const lazy = (options: RedisOptions): Redis => new Redis({ ...options, lazyConnect: true });

describe('BullCallbackInbox', () => {
  it.each<[string, object, RegExp]>([
    ['no connection', { connection: undefined }, /^connection is undefined: write/],
    ['null', { connection: null }, /^connection is null: write/],
    ['a text', { connection: 'redis://:secret@host' }, /^connection is a string: write \{ url: /],
    ['a number', { connection: 6379 }, /^connection is 6379: write/],
    ['a list', { connection: [{ host: 'a' }] }, /^connection is \[.*: write/],
    ['a promise', { connection: Promise.resolve({}) }, /^connection is a promise: await it/],
    ['a cluster', { connection: new Cluster([{ port: 1 }], { lazyConnect: true }) }, /^connection is a cluster/],
    ['options of a cluster', { connection: { redisOptions: {} } }, /^connection is a cluster/],
    ['a client of node-redis', { connection: createClient() }, /^connection is a client that is not of ioredis/],
    ['keyPrefix', { connection: { port: 1, keyPrefix: 'mine:' } }, /^connection\.keyPrefix .*"prefix" instead/],
    [
      'keyPrefix of a client',
      { connection: lazy({ keyPrefix: 'mine:' }) },
      /^connection\.options\.keyPrefix .*"prefix"/,
    ],
    ['keyPrefix in a URL', { connection: { url: 'redis://a?keyPrefix=b' } }, /keyPrefix .*"prefix" instead/],
    ['a replica', { connection: { sentinels: [{}], name: 'a', role: 'slave' } }, /^connection\.role is "slave"/],
    ['a replica of a client', { connection: lazy({ sentinels: [{}], name: 'a', role: 'slave' }) }, /role is "slave"/],
    [
      'sentinels that are no list',
      { connection: { sentinels: 'x' } },
      /^connection\.sentinels is "x": it must be a list/,
    ],
    ['no sentinels in a list', { connection: { sentinels: [] } }, /^connection\.sentinels is \[\]: it must be a list/],
    ['an unknown option', { failedRetentions: 1 }, /^there is no option "failedRetentions" of .*: .*failedRetention,/],
    ['a host that is not a string', { connection: { host: 7 } }, /^connection\.host is 7: it must be a string/],
    ['an empty host', { connection: { host: '' } }, /^connection\.host is "": it must be a string/],
    ['a port that is no number', { connection: { port: NaN } }, /^connection\.port is NaN: it must be a whole number/],
    ['a port out of range', { connection: { port: 70_000 } }, /^connection\.port is 70000: it must be/],
    ['a database that is no number', { connection: { db: 'a' } }, /^connection\.db is "a": it must be a whole number/],
    ['a URL of another protocol', { connection: { url: 'http://:secret@a' } }, /^connection\.url is not a URL/],
    ['a URL that is none', { connection: { url: 'redis://[' } }, /^connection\.url is not a URL/],
    [
      'a URL whose variable is not set',
      { connection: { url: undefined } },
      /^connection\.url is not a URL .* Is the environment variable for it set\?/,
    ],
    ['a queue name with a colon', { queueName: 'a:b' }, /^queueName is "a:b": it must be/],
    ['an empty queue name', { queueName: '' }, /^queueName is "": it must be/],
    ['a queue name that is not a string', { queueName: 1 }, /^queueName is 1: it must be/],
    ['an empty prefix', { prefix: '' }, /^prefix is "": it must be/],
    ['an application that is not a string', { application: 1 }, /^application is 1: it must be/],
    [
      'a long application',
      { application: 'a'.repeat(101) },
      /^application is ".*": it must be a string of at most 100/,
    ],
    ['an application that no job id can hold', { application: 'a\ud800' }, /^application is ".*": it must be a string/],
    ['a worker that is no boolean', { worker: 'yes' }, /^worker is "yes": it must be true or false/],
    [
      'a back-off of an unknown type',
      { backoff: { type: 'linear', delay: 1 } },
      /^backoff\.type is "linear": it must be/,
    ],
    ['a back-off without a type', { backoff: { delay: 1 } }, /^backoff\.type is undefined: it must be/],
  ])('refuses %s', (_, options, message) => {
    expect(() => made({ connection: { port: 1 }, ...options })).toThrow(TypeError);
    expect(() => made({ connection: { port: 1 }, ...options })).toThrow(message);
    expect(() => made({ connection: { port: 1 }, ...options })).not.toThrow(/secret/);
  });
});

describe('BullCallbackInbox', () => {
  it.each<[string, unknown, RegExp]>([
    ['no options', undefined, /^the options of BullCallbackInbox are undefined: give an object\. .* connection, /],
    ['null', null, /^the options of BullCallbackInbox are null: give an object/],
    ['a URL', 'redis://:secret@host', /^the options of BullCallbackInbox are a string: give an object/],
    ['a client', lazy({}), /^there is no option "/],
  ])('refuses %s in place of its options', (_, options, message) => {
    expect(() => new BullCallbackInbox(options as never)).toThrow(TypeError);
    expect(() => new BullCallbackInbox(options as never)).toThrow(message);
  });

  it('takes an option that is undefined as absent', async () => {
    const inbox = made({ connection: { port: 1 }, queueName: undefined, failedRetentions: undefined });

    expect(inbox.scope).toContain('"video-callbacks"');
    await inbox.close();
  });
});

describe('an inbox that is given', () => {
  let server: RedisServer;
  let inbox: BullCallbackInbox;
  let client: Redis | undefined;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.remove());
  afterEach(async () => {
    await inbox.stop();
    await inbox.close();
    client?.disconnect();
    client = undefined;
  });

  function clientWith(options: RedisOptions): Redis {
    client = new Redis(server.port, '127.0.0.1', options);
    return client.on('error', () => undefined);
  }

  it.each<[string, () => object]>([
    ['a URL', () => ({ url: server.url })],
    ['a URL that lets commands wait', () => ({ url: `${server.url}/1?enableOfflineQueue=true&family=0` })],
    ['a port as text', () => ({ port: String(server.port) })],
    ['numbers as texts', () => ({ port: server.port, stringNumbers: true })],
    ['a client with numbers as texts', () => clientWith({ stringNumbers: true })],
    ['automatic pipelines', () => clientWith({ enableAutoPipelining: true })],
    ['a read-only client', () => clientWith({ readOnly: true })],
    ['a client that stops at once', () => clientWith({ commandTimeout: 1, socketTimeout: 100 })],
    ['a client that does not send again', () => clientWith({ autoResendUnfulfilledCommands: false })],
    ['a monitoring client', () => ({ port: server.port, monitor: true })],
  ])('%s knows a copy and handles a callback once', async (_, connection) => {
    inbox = made({ connection: connection(), queueName: randomUUID() });
    const handled: string[] = [];
    const done = new Promise<void>((resolve) => {
      void inbox.start(
        ({ id }) => {
          handled.push(id);
          if (id === 'last') resolve();
          return Promise.resolve();
        },
        () => undefined,
      );
    });

    expect(await inbox.put(storedCallback())).toBe('stored');
    expect(await inbox.put(storedCallback())).toBe('known');
    expect(await inbox.put(storedCallback({ id: 'last' }))).toBe('stored');
    await done;
    expect(handled).toEqual(['archive-1', 'last']);
  });
});
