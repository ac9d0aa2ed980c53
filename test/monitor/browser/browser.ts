import type * as Playwright from 'playwright-core';
import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { findChromium } from '../../../scripts/programs.js';

// Playwright is loaded by Node itself: jest's own loader cannot load all that it is made of.
const { createRequire } = process.getBuiltinModule('node:module');
const { chromium } = createRequire(import.meta.url)('playwright-core') as typeof Playwright;

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('Chromium is missing');
  return chromium.launch({ executablePath, args: ARGS });
}

/** A page and what went wrong in it. */
interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts, of the console, and what the page's policy forbade. */
  readonly complaints: readonly string[];
}

/** Opens a page in a profile of its own, which the test closes. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { readonly hasClock?: boolean } = {},
): Promise<WatchedPage> {
  const { hasClock = false, ...context } = options;
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, ...context });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`);
  });
  page.setDefaultTimeout(20_000);
  if (hasClock) await page.clock.install();
  await page.goto(url);
  return { page, complaints };
}

export async function untilState(page: Page, state: string): Promise<void> {
  await page.locator(`#status[data-state="${state}"]`).waitFor();
}
