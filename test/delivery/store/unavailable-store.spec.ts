import { Controller, Post } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { BullCallbackInbox } from '../../../lib/bullmq/index.js';
import { VideoCallback, type VideoCallbacksOptions } from '../../../lib/index.js';
import { RedisCallbackLedger } from '../../../lib/redis/index.js';
import { type RunningApplication, startApplication } from '../../support/application.js';
import { PAYLOADS } from '../../support/payloads.js';
import { RedisServer } from '../../support/redis-server.js';
import { signed, type SignedRequest } from '../../support/signer.js';
import { SlowLink } from '../../support/slow-link.js';
import { until } from '../../support/until.js';

const PATH = '/video/archives';

/** In seconds and in ms. Longer than what a callback takes on a busy machine, so that every wait for it is noticed. */
const STORAGE_TIMEOUT = 0.6;
const STORAGE_TIMEOUT_MS = 1000 * STORAGE_TIMEOUT;
const MARGIN_MS = 500;

let server: RedisServer;
let link: SlowLink;
let running: RunningApplication;
let handled: number;
let closers: (() => void)[];

@Controller('video')
class VideoController {
  @Post('archives')
  @VideoCallback('archive')
  onArchive(): void {
    handled += 1;
  }
}

beforeEach(async () => {
  server = await RedisServer.start();
  link = await SlowLink.open(server.port);
  handled = 0;
  closers = [];
});
afterEach(async () => {
  link.delayMs = 0;
  server.resume();
  await running.close();
  for (const close of closers) close();
  await link.close();
  await server.remove();
});

/** The clients have their own defaults, which queue commands while Redis is unavailable. */
const STORES: readonly (readonly [string, () => Promise<VideoCallbacksOptions>])[] = [
  [
    'a ledger on ioredis',
    async () => {
      const client = new Redis(link.port, '127.0.0.1');
      client.on('error', () => undefined);
      closers.push(() => {
        client.disconnect();
      });
      await new Promise((resolve) => client.once('ready', resolve));
      return { ledger: new RedisCallbackLedger(client) };
    },
  ],
  [
    'a ledger on node-redis',
    async () => {
      const client = createClient({ url: `redis://127.0.0.1:${link.port}` });
      client.on('error', () => undefined);
      closers.push(() => {
        client.destroy();
      });
      await client.connect();
      return { ledger: new RedisCallbackLedger(client) };
    },
  ],
  [
    'an inbox',
    () =>
      Promise.resolve({
        inbox: new BullCallbackInbox({ connection: { port: link.port }, worker: false, stopTimeout: 0.2 }),
      }),
  ],
];

async function start(store: () => Promise<VideoCallbacksOptions>, options: VideoCallbacksOptions = {}): Promise<void> {
  running = await startApplication({
    controllers: [VideoController],
    options: { ...(await store()), storageTimeout: STORAGE_TIMEOUT, ...options },
  });
  // Connections are open, scripts are known, and nothing is on its way.
  for (let callback = 0; callback < 2; callback += 1) await send();
  await until(areCompleted);
  handled = 0;
}

/** Whether the ledger has recorded everything. */
async function areCompleted(): Promise<boolean> {
  const client = new Redis(server.port, '127.0.0.1');
  try {
    const keys = await client.keys('video-callbacks:*');
    return keys.length === 0 || (await client.mget(keys)).every((state) => state === 'completed');
  } finally {
    client.disconnect();
  }
}

/** How long the answer to a callback took, in ms, and its status. */
async function send(request: SignedRequest = signed(PAYLOADS.archive)): Promise<{ ms: number; status: number }> {
  const startedAt = performance.now();
  const { status } = await running.post(PATH, request);
  return { ms: performance.now() - startedAt, status };
}

const FAULTS: readonly (readonly [string, () => Promise<void> | void])[] = [
  ['is killed', () => server.stop('SIGKILL')],
  [
    'hangs',
    () => {
      server.pause();
    },
  ],
  [
    'is slower than storageTimeout',
    () => {
      link.delayMs = 1.25 * STORAGE_TIMEOUT_MS;
    },
  ],
];

const isBack = async (): Promise<void> => {
  link.delayMs = 0;
  server.resume();
  await server.stop();
  await server.restart();
};

describe.each(STORES)('while the Redis of %s', (_, store) => {
  describe.each(FAULTS)('%s', (__, inject) => {
    it('the first callbacks wait for storageTimeout at most, and the next ten do not wait', async () => {
      await start(store);
      await inject();
      const first = await Promise.all(Array.from({ length: 5 }, () => send()));
      const next = [];
      for (let callback = 0; callback < 10; callback += 1) next.push(await send());

      for (const { ms, status } of [...first, ...next]) {
        expect(status).toBe(204);
        expect(ms).toBeLessThan(STORAGE_TIMEOUT_MS + MARGIN_MS);
      }
      for (const { ms } of next) expect(ms).toBeLessThan(MARGIN_MS);
      expect(handled).toBe(15);
      expect(running.observed.outcomes.unavailable).toHaveLength(15);
    });
  });

  it('is killed, callbacks are answered 503 at once with unavailable: reject', async () => {
    await start(store, { unavailable: 'reject' });
    await server.stop('SIGKILL');
    await send();
    const { ms, status } = await send();

    expect(status).toBe(503);
    expect(ms).toBeLessThan(MARGIN_MS);
    expect(handled).toBe(0);
  });

  it('was killed and is back, that is found out without a callback', async () => {
    await start(store);
    await server.stop('SIGKILL');
    await send();
    await isBack();
    await until(() => running.observed.outcomes.recovered.length === 1);

    expect((await send()).status).toBe(204);
    expect(running.observed.outcomes.unavailable).toHaveLength(1);
  });
});

describe.each(STORES.slice(0, 2))('with %s', (_, store) => {
  it('a store just faster than storageTimeout is available, and answers do not wait for completions', async () => {
    await start(store);
    link.delayMs = 0.7 * STORAGE_TIMEOUT_MS;
    for (let callback = 0; callback < 3; callback += 1) {
      // Less than a claim and a completion.
      expect((await send()).ms).toBeLessThan(2 * link.delayMs);
    }

    expect(running.observed.outcomes.unavailable).toEqual([]);
  });

  it('callbacks that were handled meanwhile are known to all processes when Redis is back', async () => {
    await start(store);
    await server.stop('SIGKILL');
    const request = signed(PAYLOADS.archive);
    await send(request);
    // This process knows it without Redis.
    await send(request);
    await isBack();
    await until(() => running.observed.outcomes.recovered.length === 1);
    const other = await startApplication({ controllers: [VideoController], options: await store() });
    try {
      expect((await other.post(PATH, request)).status).toBe(204);
    } finally {
      await other.close();
    }

    expect(handled).toBe(1);
  });
});
