import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { BullCallbackInbox, InboxNotReadyError } from '../../lib/bullmq/index.js';
import { storedCallback } from '../delivery/arrivals.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

let server: RedisServer;
let inbox: BullCallbackInbox;

beforeEach(async () => {
  server = await RedisServer.start();
});
afterEach(async () => {
  await inbox.close();
  await server.remove();
});

const newInbox = (): BullCallbackInbox =>
  (inbox = new BullCallbackInbox({ connection: { port: server.port }, worker: false }));

const waiting = async (): Promise<number | undefined> => (await inbox.counts().catch(() => undefined))?.waiting;

describe('an inbox whose Redis was never there', () => {
  it('refuses a callback at once, and does not store it when Redis is there', async () => {
    await server.stop();
    newInbox();
    const started = performance.now();
    await expect(inbox.put(storedCallback())).rejects.toThrow(InboxNotReadyError);
    expect(performance.now() - started).toBeLessThan(1000);
    await server.restart();

    await until(async () => (await inbox.put(storedCallback({ id: 'archive-2' })).catch(() => undefined)) === 'stored');
    expect(await waiting()).toBe(1);
  });

  it('neither lists nor redrives dead callbacks until Redis is there', async () => {
    await server.stop();
    newInbox();
    await expect(inbox.deadCallbacks()).rejects.toThrow(InboxNotReadyError);
    await expect(inbox.redrive()).rejects.toThrow(InboxNotReadyError);
    await server.restart();

    await until(async () => (await inbox.redrive().catch(() => undefined))?.length === 0);
  });
});

describe('an inbox whose Redis hangs', () => {
  it('stores a callback when Redis answers, however long that takes', async () => {
    newInbox();
    await inbox.put(storedCallback());
    server.pause();
    const put = inbox.put(storedCallback({ id: 'archive-2' }));
    await wait(2500);
    server.resume();

    expect(await put).toBe('stored');
  });

  it('waits for a bounded amount of callbacks only', async () => {
    newInbox();
    await inbox.put(storedCallback());
    server.pause();
    const body = 'x'.repeat(1_000_000);
    const puts = Array.from({ length: 70 }, (_, index) =>
      inbox.put(storedCallback({ id: `archive-${index}`, body })).then(
        () => 'stored',
        (error: unknown) => error,
      ),
    );
    expect(await Promise.race([puts.at(-1), wait(1000)])).toBeInstanceOf(InboxNotReadyError);
    server.resume();

    const results = await Promise.all(puts);
    expect(results.filter((result) => result === 'stored').length).toBeGreaterThan(60);
    expect(await inbox.put(storedCallback({ id: 'archive-last' }))).toBe('stored');
  });
});
