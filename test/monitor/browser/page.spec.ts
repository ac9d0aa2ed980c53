import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Browser, type Page } from 'playwright-core';
import {
  hostileRequests,
  unusableRequest,
} from '../../../sample/04-live-monitor/src/demonstration/hostile-requests.js';
import { PLATFORMS } from '../../support/application.js';
import { launchBrowser, openPage, untilState } from './browser.js';
import { Call } from '../support/call.js';
import { type RunningMonitor, startMonitor } from '../support/monitor.js';
import { leastContrast, readUntil } from './page-reading.js';

const SECTIONS = ['sessions', 'archives', 'calls', 'works', 'reasons', 'faults', 'refusals'];
const MARKUP = '<img src=x onerror="document.title=\'attacked\'"><script>document.title="attacked"</script>';

// A browser on a machine that is busy with other tests takes its time.
jest.setTimeout(180_000);

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

describe.each(PLATFORMS)('the page of a monitor on %s', (platform) => {
  let monitor: RunningMonitor;
  beforeAll(async () => {
    monitor = await startMonitor({ platform });
  });
  afterAll(() => monitor.close());

  it('says that there is nothing, then what begins, goes on and ends', async () => {
    const { page, complaints } = await openPage(browser, monitor.url);
    await untilState(page, 'live');
    const atFirst = await readUntil(page, ({ empty }) => empty.length === SECTIONS.length);
    expect([...atFirst.empty].sort()).toEqual([...SECTIONS].sort());
    expect(atFirst.counts).toEqual({ handled: 0, duplicate: 0, refused: 0, unusable: 0, failed: 0 });

    const call = new Call('A');
    await monitor.send('session', call.session('sessionCreated', 0));
    await monitor.send('session', call.connection('connectionCreated', 'Ada', 1));
    await monitor.send('session', call.stream('streamCreated', 'Ada', { id: 'camera' }, 2));
    const screen = { id: 'screen', name: 'Slides', videoType: 'screen' };
    await monitor.send('session', call.stream('streamCreated', 'Ada', screen, 3));
    await monitor.send('archive', call.archive('started', 4));
    await monitor.send('sip', call.sip('callUpdated', 5, 'RINGING'));
    const begun = await readUntil(page, ({ counts }) => counts['handled'] === 6);
    expect(begun).toMatchObject({
      status: 'Live',
      sessions: { '2_A': { Ada: ['Camera', 'Screen'] } },
      archives: { 'archive-A': 'Started' },
      calls: { 'call-A': 'Ringing' },
    });
    expect(await page.locator('#archives progress').getAttribute('aria-valuetext')).toBe('step 1 of 3');
    expect(await page.title()).toBe('1 live · Live monitor');

    await monitor.send('archive', call.archive('stopped', 10));
    await monitor.send('archive', call.archive('available', 12));
    await monitor.send('sip', call.sip('callDestroyed', 12));
    await monitor.send('session', call.stream('streamDestroyed', 'Ada', screen, 13));
    const later = await readUntil(page, ({ counts }) => counts['handled'] === 10);
    expect(later).toMatchObject({
      sessions: { '2_A': { Ada: ['Camera'] } },
      archives: { 'archive-A': 'Available' },
      calls: { 'call-A': 'Ended' },
    });

    await monitor.send('session', call.session('sessionDestroyed', 20));
    const ended = await readUntil(page, ({ counts }) => counts['handled'] === 11);
    expect(ended).toMatchObject({ sessions: {}, ended: ['2_A'] });
    expect(ended.empty).toContain('sessions');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('lists what was refused and why, and what was lost', async () => {
    const { page, complaints } = await openPage(browser, monitor.url);
    const forgeries = hostileRequests();
    for (let count = 0; count < 14; count += 1) {
      expect(await monitor.post('/video/archives', forgeries.next().value)).toBe(401);
    }
    expect(await monitor.post('/video/archives', unusableRequest())).toBe(400);

    const reading = await readUntil(page, ({ counts }) => counts['refused'] === 14 && counts['unusable'] === 1);
    expect(reading).toMatchObject({
      reasons: {
        signature_mismatch: 4,
        authorization_missing: 2,
        payload_hash_mismatch: 2,
        token_too_old: 2,
        algorithm_not_allowed: 2,
        project_unknown: 2,
      },
      refusals: 12,
      faults: [expect.stringContaining('status should not be null')],
    });
    const tree = await page.locator('#reasons').ariaSnapshot();
    expect(tree).toContain('heading "Algorithm not allowed" [level=3]');
    expect(tree).toContain('the token is not signed with HS256');
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('a page full of what goes on', () => {
  let monitor: RunningMonitor;
  let page: Page;
  let complaints: readonly string[];
  beforeAll(async () => {
    monitor = await startMonitor();
    const call = new Call('A');
    await monitor.send('session', call.session('sessionCreated', 0));
    await monitor.send('session', call.connection('connectionCreated', MARKUP, 1));
    await monitor.send(
      'session',
      call.stream('streamCreated', MARKUP, { id: 's', ...{ name: `${MARKUP} stream` } }, 2),
    );
    await monitor.send('session', call.connection('connectionCreated', 'x'.repeat(500), 3));
    await monitor.send('archive', { ...call.archive('available', 4), name: MARKUP });
    await monitor.send('archive', {
      ...call.archive('failed', 5),
      id: 'failed',
      name: 'y'.repeat(500),
      reason: MARKUP,
    });
    await monitor.send('sip', call.sip('callUpdated', 6, MARKUP));
    const over = new Call('B');
    await monitor.send('session', over.session('sessionDestroyed', 1, { reason: MARKUP }));
    await monitor.post('/video/archives', unusableRequest());
    const forgeries = hostileRequests();
    for (let count = 0; count < 7; count += 1) await monitor.post('/video/archives', forgeries.next().value);
    ({ page, complaints } = await openPage(browser, monitor.url));
    await untilState(page, 'live');
  });
  afterAll(async () => {
    await page.context().close();
    await monitor.close();
  });

  it('shows markup as the text that it is', async () => {
    expect(await page.locator('.people .name').first().textContent()).toBe(MARKUP);
    expect(await page.locator('.streams').first().textContent()).toContain(`${MARKUP} stream`);
    expect(await page.locator('#archives').textContent()).toContain(MARKUP);
    expect(await page.locator('img, body script').count()).toBe(0);
    expect(await page.title()).toBe('1 live · Live monitor');
    expect(complaints).toEqual([]);
  });

  it('has landmarks, headings, named tables and a status for those who cannot see it', async () => {
    const tree = await page.locator('body').ariaSnapshot();
    for (const part of [
      /^- banner:$/m,
      /^- main:$/m,
      /heading "Live monitor" \[level=1\]/,
      /status:\s+- paragraph: Live/,
      /region "Live sessions 1":/,
      /heading "Live sessions 1" \[level=2\]/,
      /heading "Refused, and why 7" \[level=2\]/,
      /table "Archives, the latest first, and how far each is":/,
      /columnheader "Status"/,
      /rowheader/,
      /progressbar/,
    ]) {
      expect(tree).toMatch(part);
    }
  });

  it('can be used with the keyboard, whose place is kept while the page changes', async () => {
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator('#ended').getAttribute('open')).toBe('');

    await page.evaluate('globalThis.card = document.querySelector(".card")');
    const other = new Call('C');
    await monitor.send('session', other.session('sessionCreated', 0));
    await monitor.send('session', other.session('sessionDestroyed', 1));
    await readUntil(page, ({ ended }) => ended.includes('2_C'));
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
    expect(await page.evaluate('card === document.querySelector(".card")')).toBe(true);
  });

  it.each(['light', 'dark'] as const)(
    'can be read in the %s, and needs no scrolling to the side',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 360, height: 740 });
      await page.evaluate('document.querySelector("#ended").open = true');

      const { contrast, text, texts, page: luminance } = await leastContrast(page);
      expect({ text, isEnough: contrast >= 4.5 }).toEqual({ text, isEnough: true });
      expect(texts).toBeGreaterThan(60);
      expect(luminance > 0.5).toBe(colorScheme === 'light');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    },
  );
});
