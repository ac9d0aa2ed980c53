import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { BullCallbackInbox } from '../../lib/bullmq/index.js';
import { NUMBER_OPTIONS } from '../../lib/options/number-options.js';
import { RedisCallbackLedger } from '../../lib/redis/index.js';
import { storedCallback } from '../delivery/arrivals.js';
import { RedisServer } from '../support/redis-server.js';

const { RedisCallbackLedger: OF_LEDGER, BullCallbackInbox: OF_INBOX } = NUMBER_OPTIONS;

describe('the largest values of options', () => {
  let server: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    server = await RedisServer.start();
    client = new Redis(server.port, '127.0.0.1');
  });
  afterAll(async () => {
    client.disconnect();
    await server.remove();
  });

  it('are kept exactly by a ledger in Redis', async () => {
    const { lease, retention } = OF_LEDGER;
    const ledger = new RedisCallbackLedger(client, { lease: lease.most, retention: retention.most });

    await ledger.claim('archive-1', 'a');
    expect(await client.pttl('video-callbacks:archive-1')).toBeGreaterThan(lease.most * 1000 - 60_000);
    expect(await ledger.renew('archive-1', 'a')).toBe(true);
    await ledger.complete('archive-1');
    expect(await client.pttl('video-callbacks:archive-1')).toBeGreaterThan(retention.most * 1000 - 60_000);
  });

  it('are kept exactly by an inbox in BullMQ', async () => {
    const connection = { port: server.port };
    const { retention, failedRetention, attempts, backoff } = OF_INBOX;
    const inbox = new BullCallbackInbox({
      connection,
      retention: retention.most,
      failedRetention: failedRetention.most,
      attempts: attempts.most,
      backoff: backoff.most,
    });
    const queue = new Queue('video-callbacks', { connection });
    try {
      expect(await inbox.put(storedCallback({ id: 'archive-1' }))).toBe('stored');
      expect(await inbox.put(storedCallback({ id: 'archive-1' }))).toBe('known');
      expect((await queue.getJob('archive-1'))?.opts).toMatchObject({
        attempts: attempts.most,
        backoff: { delay: backoff.most },
        removeOnFail: { age: failedRetention.most },
      });
      const ttl = await client.pttl('bull:video-callbacks:de:archive-1');
      expect(ttl).toBeGreaterThan(retention.most * 1000 - 60_000);
    } finally {
      await queue.close();
      await inbox.close();
    }
  });
});
