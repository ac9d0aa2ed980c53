/** A time in which Redis was unavailable, in ms since the epoch. */
export interface Outage {
  readonly fault: 'killed' | 'paused';
  readonly from: number;
  /** When the server's own client got an answer again. */
  readonly to: number;
}

/** Whether a moment lies within an outage, or so many ms around it. */
export function isWithin(outages: readonly Outage[], at: number, before: number, after: number): boolean {
  return outages.some(({ from, to }) => at >= from - before && at <= to + after);
}
