/** Collects garbage, for which the process needs `--expose-gc`. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('--expose-gc is missing');
  // Twice: what a first collection finalizes, a second one frees.
  globalThis.gc();
  globalThis.gc();
}

/** Bytes in use after garbage collection. */
export function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
