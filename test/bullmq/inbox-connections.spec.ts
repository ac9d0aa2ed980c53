import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import { BullCallbackInbox } from '../../lib/bullmq/index.js';
import { InboxConnections } from '../../lib/bullmq/redis-connection.js';
import { storedCallback } from '../delivery/arrivals.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

describe('the connections of an inbox', () => {
  it('reconnect within 2 s after Redis is back', () => {
    const connections = new InboxConnections({ port: 1 });

    for (const connection of [connections.forProducer(), connections.forWorker()]) {
      const retryStrategy = Reflect.get(connection, 'retryStrategy') as (attempts: number) => number;
      expect([1, 10, 40, 1000].map(retryStrategy)).toEqual([50, 500, 2000, 2000]);
    }
  });

  it('reconnect as the application says', () => {
    const retryStrategy = () => 7;

    expect(new InboxConnections({ port: 1, retryStrategy }).forWorker()).toMatchObject({ retryStrategy });
  });

  it('go on after a restart of Redis, also if the client that was given sends nothing again', async () => {
    const server = await RedisServer.start();
    const client = new Redis(server.port, '127.0.0.1', { autoResendUnfulfilledCommands: false });
    client.on('error', () => undefined);
    const inbox = new BullCallbackInbox({ connection: client, concurrency: 1 });
    const handled: string[] = [];
    await inbox.start(
      ({ id }) => {
        // That the first one was handled is reported to a Redis that no longer answers.
        if (handled.push(id) === 1) server.pause();
        return Promise.resolve();
      },
      () => undefined,
    );
    try {
      await inbox.put(storedCallback({ id: 'archive-1' }));
      await until(() => handled.length === 1);
      await wait(100);
      await server.stop('SIGKILL');
      await server.restart();

      await until(async () => (await inbox.put(storedCallback({ id: 'archive-2' })).catch(() => '')) === 'stored');
      await until(() => handled.includes('archive-2'));
    } finally {
      await inbox.stop();
      await inbox.close();
      client.disconnect();
      await server.remove();
    }
  });
});
