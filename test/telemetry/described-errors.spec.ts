import { NotFoundException } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MaxRetriesPerRequestError } from 'ioredis/built/errors/index.js';
import { Redis, ReplyError } from 'ioredis';
import { ClientClosedError, ClientOfflineError, createClient, SimpleError, SocketClosedUnexpectedlyError } from 'redis';
import { RedisCallbackLedger } from '../../lib/redis/index.js';
import { describeError } from '../../lib/telemetry/log-text.js';
import { OwnFault } from '../../lib/verification/own-fault.js';
import { RedisServer } from '../support/redis-server.js';

// ioredis declares it as any.
const IoReplyError = ReplyError as new (message: string) => Error;

class Fault extends OwnFault {
  override readonly code = 'ERR_CALLBACKS_FAULT';
}

const withCode = (code: string): Error => Object.assign(new Error('secret'), { code });

describe('describeError', () => {
  it.each<readonly [string, unknown, string]>([
    ['a fault of this module', new Fault('it is full'), 'it is full'],
    [
      'the cause of such a fault',
      new Fault('it is full', { cause: withCode('ENOSPC') }),
      'it is full: Error ("ENOSPC")',
    ],
    ['what is no error', 'secret', 'a thrown string'],
    ['an error with a status', new NotFoundException('secret'), 'NotFoundException (404)'],
    ['a code', withCode('ECONNREFUSED'), 'Error ("ECONNREFUSED")'],
    ['an SQLSTATE', withCode('57P01'), 'Error ("57P01")'],
    ['the name of a class that sets none', new (class StoreError extends Error {})('secret'), 'StoreError'],
    ['an untrusted name', Object.assign(new Error(), { name: 'a\nb' }), '"a\\nb"'],
    [
      'a reply to ioredis',
      new IoReplyError("READONLY You can't write against a read only replica."),
      'ReplyError ("READONLY")',
    ],
    [
      'a reply to node-redis',
      new SimpleError('LOADING Redis is loading the dataset in memory'),
      'SimpleError ("LOADING")',
    ],
    [
      'a reply of a script in Redis 6',
      new IoReplyError('ERR Error running script (call to f_1): @user_script:4: -OOM command not allowed when secret'),
      'ReplyError ("OOM")',
    ],
    ['a reply about a value', new IoReplyError('ERR value is not an integer or out of range'), 'ReplyError ("ERR")'],
    ['a reply without a code', new IoReplyError('secret'), 'ReplyError'],
    ['a reply whose first word is no code', new IoReplyError('SECRET-KEY of a customer'), 'ReplyError'],
    ['a closed ioredis', new Error('Connection is closed.'), 'Error ("Connection is closed.")'],
    ['a slow ioredis', new Error('Command timed out'), 'Error ("Command timed out")'],
    [
      'an ioredis without a queue',
      new Error("Stream isn't writeable and enableOfflineQueue options is false"),
      `Error ("Stream isn't writeable and enableOfflineQueue options is false")`,
    ],
    ['an ioredis that gave up', new MaxRetriesPerRequestError(20), 'MaxRetriesPerRequestError'],
    ['a closed node-redis', new ClientClosedError(), 'ClientClosedError ("The client is closed")'],
    ['a node-redis without a queue', new ClientOfflineError(), 'ClientOfflineError ("The client is offline")'],
    [
      'a node-redis whose connection broke',
      new SocketClosedUnexpectedlyError(),
      'SocketClosedUnexpectedlyError ("Socket closed unexpectedly")',
    ],
    ['a closed pg', new Error('Connection terminated unexpectedly'), 'Error ("Connection terminated unexpectedly")'],
    ['any other message', new Error('Connection is closed. secret'), 'Error'],
    ['a cause', new TypeError('secret', { cause: withCode('ECONNRESET') }), 'TypeError: Error ("ECONNRESET")'],
    [
      'several errors, each once',
      new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED'), withCode('ETIMEDOUT')], 'secret'),
      'AggregateError: Error ("ECONNREFUSED"), Error ("ETIMEDOUT")',
    ],
  ])('shows of an error no more than is safe: %s', (_, error, described) => {
    expect(describeError(error)).toBe(described);
  });

  it('ends with an error that is its own cause', () => {
    const error = new Error('secret');
    error.cause = error;

    expect(describeError(error)).toBe('Error: Error: Error');
  });

  it('does not throw at an error that does', () => {
    class ThrowingError extends Error {
      override get name(): string {
        throw new Error('secret');
      }
    }

    expect(describeError(new ThrowingError())).toBe('an error that cannot be read');
  });
});

describe('describeError of what a Redis ledger throws', () => {
  let server: RedisServer;
  let admin: Redis;

  beforeAll(async () => {
    server = await RedisServer.start();
    admin = new Redis(server.port, '127.0.0.1');
  });
  afterAll(async () => {
    admin.disconnect();
    await server.remove();
  });

  it.each<readonly [string, () => Promise<unknown>, () => Promise<unknown>]>([
    ['OOM', () => admin.config('SET', 'maxmemory', '1'), () => admin.config('SET', 'maxmemory', '0')],
    ['READONLY', () => admin.replicaof('127.0.0.1', 1), () => admin.replicaof('NO', 'ONE')],
    ['NOPERM', () => admin.acl('SETUSER', 'default', '-eval'), () => admin.acl('SETUSER', 'default', '+eval')],
  ])('names the reply: %s', async (code, inject, restore) => {
    const nodeRedis = createClient({ url: server.url });
    await nodeRedis.connect();
    try {
      await inject();
      const described = await Promise.all(
        [admin, nodeRedis].map((client) =>
          Promise.resolve(new RedisCallbackLedger(client).claim('a', 'b')).catch(describeError),
        ),
      );

      expect(described).toEqual([`ReplyError ("${code}")`, `SimpleError ("${code}")`]);
    } finally {
      await restore();
      nodeRedis.destroy();
    }
  });
});
