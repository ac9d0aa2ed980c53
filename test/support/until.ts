import { setTimeout as wait } from 'node:timers/promises';

/** Waits until something is so, for at most 10 s. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await isSo()) return;
    await wait(25);
  }
  throw new Error('did not happen within 10 s');
}
