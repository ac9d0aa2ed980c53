import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Browser } from 'playwright-core';
import { launchBrowser, openPage, untilState } from './browser.js';
import { Call } from '../support/call.js';
import { type RunningMonitor, startMonitor } from '../support/monitor.js';
import { sendStream } from '../support/stream.js';
import { readPage, readUntil } from './page-reading.js';

// A browser on a machine that is busy with other tests takes its time.
jest.setTimeout(180_000);

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** A session that is live, an archive and a refusal. */
async function fill(monitor: RunningMonitor, name: string): Promise<void> {
  const call = new Call(name);
  await monitor.send('session', call.connection('connectionCreated', 'Ada', 1));
  await monitor.send('archive', call.archive('started', 2));
}

describe('the page, after two thousand callbacks in any order, copies and forgeries among them', () => {
  it('says what was sent, also to those who come later', async () => {
    const monitor = await startMonitor({ platform: 'fastify', limits: { gatherFor: 200 } });
    const { page, complaints } = await openPage(browser, monitor.url);
    await untilState(page, 'live');

    const expected = await sendStream(monitor, 2000);
    const total = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((sum, one) => sum + one);
    expect(total(expected.counts)).toBe(2000);
    const reading = await readUntil(page, ({ counts }) => total(counts) === 2000);
    expect(reading).toMatchObject(expected);
    expect(Object.keys(reading.sessions)).toHaveLength(Object.keys(expected.sessions).length);
    expect(complaints).toEqual([]);
    await page.context().close();

    const later = await openPage(browser, monitor.url);
    await untilState(later.page, 'live');
    expect(await readPage(later.page)).toEqual(reading);
    await later.page.context().close();
    await monitor.close();
  });
});

describe('the page, when the connection breaks', () => {
  it('says so, and recovers after the server has restarted', async () => {
    const before = await startMonitor();
    await fill(before, 'before');
    const { page } = await openPage(browser, before.url);
    await readUntil(page, ({ sessions }) => '2_before' in sessions);
    await before.close();
    await untilState(page, 'reconnecting');
    expect((await readPage(page)).notice).toMatch(
      /^The connection broke at \d\d:\d\d:\d\d: what is shown is from then/,
    );

    const after = await startMonitor({ port: before.port });
    await fill(after, 'after');
    await untilState(page, 'live');
    const reading = await readUntil(page, ({ sessions }) => '2_after' in sessions);
    expect(reading).toMatchObject({
      status: 'Live',
      notice: expect.stringMatching(/^The server restarted at \d\d:\d\d:\d\d: counters and lists began again/),
      counts: { handled: 2 },
    });
    expect(Object.keys(reading.sessions)).toEqual(['2_after']);
    expect(Object.keys(reading.archives)).toEqual(['archive-after']);

    // What comes afterwards is shown too.
    await fill(after, 'later');
    const later = await readUntil(page, ({ sessions }) => '2_later' in sessions);
    expect(Object.keys(later.sessions).sort()).toEqual(['2_after', '2_later']);
    await page.context().close();
    await after.close();
  });

  it('says after a while that the server cannot be reached, and tries again on a click', async () => {
    const before = await startMonitor();
    const { page } = await openPage(browser, before.url, { hasClock: true });
    await untilState(page, 'live');
    await before.close();
    await untilState(page, 'reconnecting');
    await page.clock.runFor(8_000);
    await untilState(page, 'offline');
    expect(await page.locator('[role=status]').textContent()).toContain('The server cannot be reached');

    // Before the server is back: the page may find it without a click, and has no button then.
    const again = page.waitForRequest(/events$/);
    await page.locator('#retry').click();
    await again;
    const after = await startMonitor({ port: before.port });
    await untilState(page, 'live');
    expect(await page.locator('#retry').isVisible()).toBe(false);
    await page.context().close();
    await after.close();
  });

  it('takes a silent connection for dead', async () => {
    const monitor = await startMonitor({ limits: { beatEvery: 600_000 } });
    const { page } = await openPage(browser, monitor.url, { hasClock: true });
    await untilState(page, 'live');
    const again = page.waitForRequest(/events$/);
    await page.clock.runFor(25_000);
    await untilState(page, 'reconnecting');
    await page.clock.runFor(3_000);
    await again;
    await untilState(page, 'live');
    await page.context().close();
    await monitor.close();
  });

  it('waits for a place when too many are watching', async () => {
    const monitor = await startMonitor({ limits: { viewers: 1 } });
    const first = await openPage(browser, monitor.url);
    await untilState(first.page, 'live');
    const second = await openPage(browser, 'about:blank', { hasClock: true });
    const refusal = second.page.waitForResponse((response) => response.status() === 503);
    await second.page.goto(monitor.url);
    await refusal;
    await first.page.context().close();

    const end = Date.now() + 5000;
    while ((await readPage(second.page)).status !== 'Live' && Date.now() < end) await second.page.clock.runFor(3_000);
    await untilState(second.page, 'live');
    await second.page.context().close();
    await monitor.close();
  });
});
