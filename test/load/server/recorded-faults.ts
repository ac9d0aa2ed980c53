/** How many are kept: the first ones say what is wrong. */
const KEPT = 50;

/**
 * Records what must not happen: rejections and exceptions that nobody handles, and Node's own warnings, by which it
 * tells of listeners that pile up. The process goes on, so that the rest of the run shows what else there is.
 */
export function recordFaults(): readonly string[] {
  const faults: string[] = [];
  const record = (what: string) => (reason: unknown) => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    if (faults.length < KEPT) faults.push(`${what}: ${text}`);
  };
  process.on('unhandledRejection', record('unhandled rejection'));
  process.on('uncaughtException', record('uncaught exception'));
  process.on('warning', record('warning'));
  return faults;
}
