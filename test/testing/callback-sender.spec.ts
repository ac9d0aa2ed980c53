import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { callbackFixture, CallbackSender, VirtualClock } from '../../lib/testing/index.js';

const CALLBACK = {
  kind: 'archive',
  body: callbackFixture('archive', 'started'),
  apiKey: '1',
  secret: 'secret',
} as const;

let server: Server;
let url: string;
let answers: number[];
let seen: { authorization: string | undefined; body: string }[];
let atOnce: number;
let mostAtOnce: number;

beforeEach(async () => {
  answers = [];
  seen = [];
  atOnce = mostAtOnce = 0;
  server = createServer((request, response) => {
    mostAtOnce = Math.max(mostAtOnce, (atOnce += 1));
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ authorization: request.headers.authorization, body: Buffer.concat(chunks).toString() });
      const status = answers.shift() ?? 204;
      setTimeout(() => {
        atOnce -= 1;
        if (status === 0) request.socket.destroy();
        else response.writeHead(status).end();
      }, 5);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('CallbackSender', () => {
  it('retries a failed connection with 5 s doubling to 15 min for 24 h, and gives up', async () => {
    const clock = new VirtualClock(0);
    const sender = new CallbackSender({ clock });
    await new Promise((resolve) => server.close(resolve));
    const report = await sender.deliver({ ...CALLBACK, url });

    const waits = report.attempts.map(({ at }, index) => at - (report.attempts[index - 1]?.at ?? 0)).slice(1);
    expect(waits.slice(0, 10)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900].map((seconds) => seconds * 1000));
    expect(waits.length).toBeGreaterThan(100);
    expect(clock.now()).toBeLessThanOrEqual(24 * 3_600_000);
    expect(clock.now()).toBeGreaterThan(24 * 3_600_000 - 900_000);
    expect(report).toMatchObject({ delivered: false });
    expect(new Set(report.attempts.map(({ error }) => error))).toEqual(new Set(['ECONNREFUSED']));
  });

  it('stops at the first answer after connections failed, with the same token each time', async () => {
    answers = [0, 0, 204];
    const report = await new CallbackSender({ clock: new VirtualClock() }).deliver({ ...CALLBACK, url });

    expect(report.delivered).toBe(true);
    expect(report.attempts.map(({ status }) => status)).toEqual([undefined, undefined, 204]);
    expect(new Set(seen.map(({ authorization }) => authorization)).size).toBe(1);
  });

  it('carries a new token on each retry if asked to', async () => {
    answers = [0, 204];
    await new CallbackSender({ clock: new VirtualClock(), resign: true }).deliver({ ...CALLBACK, url });

    expect(seen).toHaveLength(2);
    expect(seen[0]?.authorization).not.toBe(seen[1]?.authorization);
    expect(seen[0]?.body).toBe(seen[1]?.body);
  });

  it('does not retry an HTTP error, unless retryServerErrors is set', async () => {
    answers = [503, 401, 503, 204];
    const plain = new CallbackSender({ clock: new VirtualClock() });
    const insisting = new CallbackSender({ clock: new VirtualClock(), retryServerErrors: true });

    expect(await plain.deliver({ ...CALLBACK, url })).toMatchObject({ delivered: false, attempts: [{ status: 503 }] });
    expect(await insisting.deliver({ ...CALLBACK, url })).toMatchObject({
      delivered: false,
      attempts: [{ status: 401 }],
    });
    expect(await insisting.deliver({ ...CALLBACK, url })).toMatchObject({
      delivered: true,
      attempts: [{ status: 503 }, { status: 204 }],
    });
  });

  it('takes an attempt that is not answered in time for a failed one, and tries again', async () => {
    let hung = 0;
    const slow = createServer((_, response) => {
      // The first attempt is never answered.
      if (hung++ > 0) response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const { port } = slow.address() as AddressInfo;
    try {
      const sender = new CallbackSender({ clock: new VirtualClock(), attemptTimeout: 200 });
      const report = await sender.deliver({ ...CALLBACK, url: `http://127.0.0.1:${port}` });

      expect(report).toMatchObject({ delivered: true, attempts: [{ status: undefined }, { status: 204 }] });
    } finally {
      slow.closeAllConnections();
      slow.close();
    }
  });

  it('sends copies of each callback at once and out of order', async () => {
    const deliveries = Array.from({ length: 20 }, (_, index) => ({ ...CALLBACK, body: `{"n":${index}}`, url }));
    const reports = await new CallbackSender().deliverAll(deliveries, { copies: 3, concurrency: 8, disorder: true });

    expect(reports).toHaveLength(60);
    expect(reports.every(({ delivered }) => delivered)).toBe(true);
    expect(mostAtOnce).toBeGreaterThan(1);
    expect(mostAtOnce).toBeLessThanOrEqual(8);
    expect(new Set(seen.map(({ body }) => body)).size).toBe(20);
    expect(new Set(seen.map(({ authorization }) => authorization)).size).toBe(20);
    expect(seen.map(({ body }) => body)).not.toEqual(deliveries.flatMap(({ body }) => [body, body, body]));
  });

  it('refuses what cannot be sent at all', async () => {
    const sender = new CallbackSender();
    await expect(sender.deliver({ ...CALLBACK, url: 'nonsense' })).rejects.toThrow('Invalid URL');
    await expect(sender.deliver({ ...CALLBACK, url: 'ftp://127.0.0.1/' })).rejects.toThrow('not an address of HTTP');
    await expect(sender.deliver({ ...CALLBACK, url, secret: '' })).rejects.toThrow('secret is empty');
  });
});
