import { setTimeout as wait } from 'node:timers/promises';

/** Waits for a promise, however it ends, but not for ever. */
export async function settledWithin(timeoutMs: number, promise: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const patience = wait(timeoutMs, undefined, { signal: timer.signal, ref: false }).catch(() => undefined);
  await Promise.race([promise.catch(() => undefined), patience]);
  timer.abort();
}
