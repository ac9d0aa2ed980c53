/** How often lines that say the same are written. */
export interface Repetition {
  /** What kind of line it is: each kind has a table of its own, so that none can crowd another out. Of a closed set. */
  readonly group: string;
  /** Lines of a group with the same key say the same. */
  readonly key: string;
  /** How many of them are written one by one within a window. */
  readonly singly: number;
  /** The window in ms; the rest of its lines is counted, and summed up in one line at its end. */
  readonly windowMs: number;
}

/** An hour in ms. */
export const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** One line a minute, or in another window, of a group and key. */
export function once(group: string, key = '', windowMs = MINUTE_MS): Repetition {
  return { group, key: `=${key}`, singly: 1, windowMs };
}

/** Some lines a minute of a group and key. */
export function perMinute(singly: number, group: string, key = ''): Repetition {
  return { ...once(group, key), singly };
}

/** Writes the sum of lines that were left out; made of the latest of them. */
type WriteSum = (leftOut: number) => void;

interface Window {
  written: number;
  leftOut: number;
  latest: WriteSum;
  readonly endsAt: number;
  readonly timer: NodeJS.Timeout;
  readonly repetition: Repetition;
}

/** How many keys of a group are distinguished: as many as a person would read. */
const MAX_KEYS = 20;
/** The key of those that are too many to be distinguished; {@link once} and {@link perMinute} make no such key. */
const OTHERS = '';

/**
 * Writes the first lines that say the same and sums up the others, so that repeated requests cannot fill a disk.
 * Bounded in memory, whatever the keys are.
 */
export class RepeatedLines {
  private readonly groups = new Map<string, Map<string, Window>>();

  /**
   * Writes a line now, or counts it for the sum at the end of its window.
   *
   * @param writeSum kept for as long as the window if the line is the latest: must not hold a request or a body
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

  /** Writes the sums of a group and forgets it: the next of its lines is a first one again. */
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
    // While as many go on coming only their sum is written, once a window.
    if (leftOut >= repetition.singly) this.open(windows, key, repetition, latest).written = repetition.singly;
  }
}
