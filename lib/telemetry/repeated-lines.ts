/** How often equal lines are written. */
export interface Repetition {
  /** The kind of line, from a closed set. Each kind has its own table, so that no kind can displace another. */
  readonly group: string;
  /** Lines of a group with the same key count as equal. */
  readonly key: string;
  /** How many of them are written individually within a window. */
  readonly singly: number;
  /** The window in ms. Its further lines are counted and summed up in one line at its end. */
  readonly windowMs: number;
}

/** An hour in ms. */
export const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** One line of a group and key per minute, or per another window. */
export function once(group: string, key = '', windowMs = MINUTE_MS): Repetition {
  return { group, key: `=${key}`, singly: 1, windowMs };
}

/** Some lines of a group and key per minute. */
export function perMinute(singly: number, group: string, key = ''): Repetition {
  return { ...once(group, key), singly };
}

/** Writes the sum of omitted lines, based on the latest of them. */
type WriteSum = (leftOut: number) => void;

interface Window {
  written: number;
  leftOut: number;
  latest: WriteSum;
  readonly endsAt: number;
  readonly timer: NodeJS.Timeout;
  readonly repetition: Repetition;
}

/** How many keys of a group are distinguished. Nobody would read more lines. */
const MAX_KEYS = 20;
/** The common key of all lines beyond that number. {@link once} and {@link perMinute} never create it. */
const OTHERS = '';

/**
 * Writes the first of equal lines and sums up the others, so that repeated requests cannot fill a disk. Memory is
 * bounded for any keys.
 */
export class RepeatedLines {
  private readonly groups = new Map<string, Map<string, Window>>();

  /**
   * Writes a line now, or counts it for the sum at the end of its window.
   *
   * @param writeSum kept until the end of the window if the line is the latest, so it must not refer to a request or a
   *   body
   */
  submit(repetition: Repetition, write: () => void, writeSum: WriteSum): void {
    const { group, singly } = repetition;
    const windows = this.groups.get(group) ?? new Map<string, Window>();
    this.groups.set(group, windows);
    const key = windows.has(repetition.key) || windows.size < MAX_KEYS ? repetition.key : OTHERS;
    const current = windows.get(key);
    if (current !== undefined && performance.now() >= current.endsAt) this.end(windows, key, current);
    const open = windows.get(key) ?? this.open(windows, key, repetition, writeSum);
    if (open.written < singly) {
      open.written += 1;
      write();
      return;
    }
    open.leftOut += 1;
    open.latest = writeSum;
  }

  /** Writes the sums of all windows, before the process ends. */
  flush(): void {
    for (const group of [...this.groups.keys()]) this.endGroup(group);
  }

  /** Writes the sums of a group and forgets it: its next line counts as a first one again. */
  endGroup(group: string): void {
    for (const { timer, leftOut, latest } of this.groups.get(group)?.values() ?? []) {
      clearTimeout(timer);
      if (leftOut > 0) latest(leftOut);
    }
    this.groups.delete(group);
  }

  private open(windows: Map<string, Window>, key: string, repetition: Repetition, latest: WriteSum): Window {
    const { windowMs } = repetition;
    const timer = setTimeout(() => {
      this.end(windows, key, opened);
    }, windowMs).unref();
    const endsAt = performance.now() + windowMs;
    const opened: Window = { written: 0, leftOut: 0, latest, endsAt, timer, repetition };
    windows.set(key, opened);
    return opened;
  }

  private end(windows: Map<string, Window>, key: string, ended: Window): void {
    const { timer, leftOut, latest, repetition } = ended;
    clearTimeout(timer);
    windows.delete(key);
    if (leftOut === 0) return;
    latest(leftOut);
    // As long as lines keep coming at this rate, only their sum is written, once per window.
    if (leftOut >= repetition.singly) this.open(windows, key, repetition, latest).written = repetition.singly;
  }
}
