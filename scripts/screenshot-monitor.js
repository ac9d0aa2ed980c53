/* global btoa, createImageBitmap, fetch, OffscreenCanvas */
// Takes the picture of the live monitor that the README shows, of the sample as it was built last (`npx nest build
// 04-live-monitor`). With a folder as argument it also takes the page in the dark and on a phone, and writes all three
// there, to look at.
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { indexedPng } from './indexed-png.js';
import { findChromium } from './programs.js';

const ROOT = join(import.meta.dirname, '..');
const [, , folder] = process.argv;
const LOOKS = {
  'live-monitor': { viewport: { width: 1200, height: 780 }, colorScheme: 'light' },
  ...(folder !== undefined && {
    'live-monitor-dark': { viewport: { width: 1200, height: 1500 }, colorScheme: 'dark' },
    'live-monitor-phone': { viewport: { width: 360, height: 2600 }, colorScheme: 'light' },
  }),
};

const monitor = spawn(process.execPath, [join(ROOT, 'sample/04-live-monitor/dist/main.js')], {
  env: { ...process.env, PORT: '0', MONITOR_CALLBACKS: '215' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let address = '';
for await (const line of createInterface(monitor.stdout)) {
  address ||= /http:\S+/.exec(line)?.[0] ?? '';
  if (line.includes('were sent')) break;
}

const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] });
const decoder = await browser.newPage();
for (const [name, look] of Object.entries(LOOKS)) {
  const page = await browser.newPage({ ...look, deviceScaleFactor: 1 });
  await page.goto(address);
  await page.locator('#status[data-state="live"]').waitFor();
  const picture = await pixelsOf(await page.screenshot());
  writeFileSync(join(folder ?? join(ROOT, 'docs'), `${name}.png`), indexedPng(picture));
}
await browser.close();
monitor.kill('SIGTERM');
await once(monitor, 'close');

/** The browser can read its own pictures. */
async function pixelsOf(png) {
  const { width, height, base64 } = await decoder.evaluate(
    async (address) => {
      const bitmap = await createImageBitmap(await (await fetch(address)).blob());
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext('2d');
      context.drawImage(bitmap, 0, 0);
      const pixels = context.getImageData(0, 0, width, height).data;
      let binary = '';
      for (let offset = 0; offset < pixels.length; offset += 8192) {
        binary += String.fromCharCode(...pixels.subarray(offset, offset + 8192));
      }
      return { width, height, base64: btoa(binary) };
    },
    `data:image/png;base64,${png.toString('base64')}`,
  );
  return { width, height, pixels: Buffer.from(base64, 'base64') };
}
