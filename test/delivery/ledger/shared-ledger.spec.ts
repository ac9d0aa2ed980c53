import { Controller, Post } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import { VideoCallback } from '../../../lib/index.js';
import { RedisCallbackLedger } from '../../../lib/redis/index.js';
import { type RunningApplication, startApplication } from '../../support/application.js';
import { PAYLOADS } from '../../support/payloads.js';
import { RedisServer } from '../../support/redis-server.js';
import { signed, type SignedRequest } from '../../support/signer.js';

const PATH = '/video/archives';

let server: RedisServer;
let client: Redis;
let applications: RunningApplication[];
let calls: number;
let behave: () => Promise<void>;

@Controller('video')
class VideoController {
  @Post('archives')
  @VideoCallback('archive')
  async onArchive(): Promise<void> {
    calls += 1;
    await behave();
  }
}

beforeAll(async () => {
  server = await RedisServer.start();
  client = new Redis(server.port, '127.0.0.1', { maxRetriesPerRequest: 0, enableOfflineQueue: false });
  client.on('error', () => undefined);
  await new Promise((resolve) => client.once('ready', resolve));
});
afterAll(async () => {
  client.disconnect();
  await server.remove();
});
beforeEach(async () => {
  calls = 0;
  behave = () => Promise.resolve();
  await client.flushall();
  const ledger = () => new RedisCallbackLedger(client, { lease: 0.6 });
  const start = () => startApplication({ controllers: [VideoController], options: { ledger: ledger() } });
  applications = await Promise.all([start(), start()]);
});
afterEach(() => Promise.all(applications.map((application) => application.close())));

/** To each application in turn. */
const send = async (request: SignedRequest, index: number): Promise<number> =>
  (await applications[index % 2]?.post(PATH, request))?.status ?? 0;

async function commandCount(): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1]);
}

describe('applications that share a ledger in Redis', () => {
  it('handle a callback once, although its copies come to both at once', async () => {
    const requests = Array.from({ length: 20 }, () => signed(PAYLOADS.archive));
    const copies = requests.flatMap((request) => Array.from({ length: 4 }, (_, index) => send(request, index)));

    expect(await Promise.all(copies)).toEqual(Array(80).fill(204));
    expect(calls).toBe(20);
  });

  it('keep the claim of a method that takes longer than the lease', async () => {
    behave = async () => wait(2000);
    const request = signed(PAYLOADS.archive);
    const first = send(request, 0);
    await wait(900);

    expect(await send(request, 1)).toBe(204);
    expect(await first).toBe(204);
    expect(calls).toBe(1);
  });

  it('take over the claim of a process that died, after its lease', async () => {
    const request = signed(PAYLOADS.archive);
    await send(request, 0);
    const [key = ''] = await client.keys('video-callbacks:*');
    // What a process leaves that was killed while it handled the callback.
    await client.set(key, 'a-process-that-died', 'PX', 600);

    expect(await send(request, 1)).toBe(204);
    expect(calls).toBe(2);
  });

  it('ask Redis seldom, however many copies wait', async () => {
    behave = async () => wait(1500);
    const request = signed(PAYLOADS.archive);
    const first = send(request, 0);
    await wait(200);
    const before = await commandCount();
    const waiting = Array.from({ length: 100 }, (_, index) => send(request, index));
    await Promise.all([first, ...waiting]);

    // Each copy asks once; then two processes look about six times, and the claim is renewed about seven times. Every
    // look is a script of up to three commands.
    expect((await commandCount()) - before).toBeLessThan(100 * 2 + 60);
    expect(calls).toBe(1);
  });

  it('handle callbacks at once while Redis is away', async () => {
    await server.stop();
    const started = performance.now();
    expect(await send(signed(PAYLOADS.archive), 0)).toBe(204);
    expect(performance.now() - started).toBeLessThan(1000);
    await server.restart();
    expect(calls).toBe(1);
  });
});
