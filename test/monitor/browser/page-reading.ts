import { readFileSync } from 'node:fs';
import { type Page } from 'playwright-core';

/** What the page says. */
interface PageReading {
  readonly status: string;
  readonly notice: string;
  readonly counts: Readonly<Record<string, number>>;
  /** The types of the streams of everybody in a live session, by name. */
  readonly sessions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly ended: readonly string[];
  readonly archives: Readonly<Record<string, string>>;
  readonly calls: Readonly<Record<string, string>>;
  readonly works: Readonly<Record<string, string>>;
  readonly reasons: Readonly<Record<string, number>>;
  readonly refusals: number;
  readonly faults: readonly string[];
  /** The sections that say that there is nothing. */
  readonly empty: readonly string[];
}

/** The text whose contrast with its background is the least. */
interface LeastContrast {
  readonly contrast: number;
  readonly text: string;
  readonly texts: number;
  /** Luminance of the page's background, from 0 (black) to 1 (white). */
  readonly page: number;
}

const [READ_PAGE, CONTRAST] = ['read-page.js', 'contrast.js'].map((name) =>
  readFileSync(new URL(name, import.meta.url), 'utf8'),
);

export function readPage(page: Page): Promise<PageReading> {
  return page.evaluate(READ_PAGE ?? '');
}

export function leastContrast(page: Page): Promise<LeastContrast> {
  return page.evaluate(CONTRAST ?? '');
}

/** Reads the page until it says what is waited for, or for too long: what it says then. */
export async function readUntil(page: Page, isRight: (reading: PageReading) => boolean): Promise<PageReading> {
  const end = Date.now() + 15_000;
  for (;;) {
    const reading = await readPage(page);
    if (isRight(reading) || Date.now() > end) return reading;
    await page.waitForTimeout(50);
  }
}
