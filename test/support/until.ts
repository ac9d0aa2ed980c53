import { setTimeout as wait } from 'node:timers/promises';

/** Waits until something is so, for a bounded number of seconds. */
export async function until(isSo: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  for (let tries = 0; tries < seconds * 40; tries += 1) {
    if (await isSo()) return;
    await wait(25);
  }
  throw new Error(`did not happen within ${seconds} s`);
}
