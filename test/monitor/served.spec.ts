import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PLATFORMS } from '../support/application.js';
import { type RunningMonitor, startMonitor } from './support/monitor.js';

describe.each(PLATFORMS)('the monitor on %s', (platform) => {
  let monitor: RunningMonitor;
  beforeAll(async () => {
    monitor = await startMonitor({ platform, limits: { viewers: 2, beatEvery: 60 } });
  });
  afterAll(() => monitor.close());

  it.each([
    ['', 'text/html; charset=utf-8'],
    ['monitor.css', 'text/css; charset=utf-8'],
    ['monitor.js', 'text/javascript; charset=utf-8'],
    ['icon.svg', 'image/svg+xml; charset=utf-8'],
  ])('serves /%s with its type and a content security policy', async (name, type) => {
    const { status, headers } = await fetch(`${monitor.url}/${name}`);

    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe(type);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('cache-control')).toBe('no-cache');
  });

  it('answers 304 to a browser that has the file', async () => {
    const etag = (await fetch(`${monitor.url}/monitor.js`)).headers.get('etag') ?? '';
    const { status } = await fetch(`${monitor.url}/monitor.js`, { headers: { 'if-none-match': etag } });

    expect(status).toBe(304);
  });

  it.each(['nothing.js', '..%2Ftsconfig.json', '%2e%2e%2fsrc%2fmain.ts', 'video'])('has no file %s', async (name) => {
    expect((await fetch(`${monitor.url}/${name}`)).status).toBe(404);
  });

  it('tells everything first, then what changed, and beats', async () => {
    const events = await listen(monitor);
    expect(await events.next('snapshot')).toMatchObject({ state: { sessions: [] }, counts: { handled: 0 } });

    expect(await monitor.send('session', { event: 'sessionCreated', sessionId: 's', timestamp: Date.now() })).toBe(204);
    expect(await events.next('change')).toMatchObject({ state: { sessions: { put: [{ key: 's' }] } } });
    expect(await events.next('beat')).toEqual({});
    events.leave();
  });

  it('refuses more pages than it can serve, until one leaves', async () => {
    const [first, second] = await Promise.all([listen(monitor), listen(monitor)]);
    await Promise.all([first.next('snapshot'), second.next('snapshot')]);
    expect((await fetch(`${monitor.url}/events`)).status).toBe(503);

    first.leave();
    const third = await eventually(() => listen(monitor));
    expect(await third.next('snapshot')).toMatchObject({ counts: { failed: 0 } });
    second.leave();
    third.leave();
  });
});

it('ends although pages are watching', async () => {
  const monitor = await startMonitor();
  const events = await listen(monitor);
  await events.next('snapshot');

  await monitor.close();
  await expect(fetch(monitor.url)).rejects.toThrow('fetch failed');
});

async function listen({ url }: RunningMonitor) {
  const leaving = new AbortController();
  const response = await fetch(`${url}/events`, { signal: leaving.signal });
  if (response.status !== 200 || response.body === null) throw new Error(`answered ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    /** The content of the next event of that type; others are passed over. */
    async next(type: string): Promise<unknown> {
      for (;;) {
        const [event, rest] = text.split(/\n\n(.*)/s);
        if (rest === undefined) {
          const { value, done } = await reader.read();
          if (done) throw new Error('the stream ended');
          text += value;
          continue;
        }
        text = rest;
        if (!event?.includes(`event: ${type}\n`)) continue;
        expect(event).toMatch(/^id: \d+$/m);
        return JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '');
      }
    },
    leave(): void {
      reader.closed.catch(() => undefined);
      leaving.abort();
    },
  };
}

async function eventually<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const end = Date.now() + 5000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
