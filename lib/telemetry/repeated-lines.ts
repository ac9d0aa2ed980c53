/** How often lines that say the same are written. */
export interface Repetition {
  /** Lines with the same key say the same. */
  readonly key: string;
  /** How many of them are written one by one within a window. */
  readonly singly: number;
  /** The window in ms; the rest of its lines is counted, and summed up in one line at its end. */
  readonly window: number;
}

/** Writes the sum of lines that were left out; made of the latest of them. */
type WriteSum = (leftOut: number) => void;

interface Window {
  written: number;
  leftOut: number;
  latest: WriteSum;
  endsAt: number;
  timer: NodeJS.Timeout;
}

/** How many keys are told apart; more than any application has routes × reasons × projects that a person could read of. */
const MAX_KEYS = 1000;

/**
 * Lets the first lines that say the same through and sums up the others, so that nobody can fill a disk by sending the
 * same over and over. Bounded in memory, whatever the keys are.
 */
export class RepeatedLines {
  private readonly windows = new Map<string, Window>();

  /**
   * Writes a line now, or counts it for the sum at the end of its window.
   *
   * @param writeSum kept for as long as the window if the line is the latest: must not hold a request
   */
  submit({ key, singly, window }: Repetition, write: () => void, writeSum: WriteSum): void {
    // Those that are too many to be told apart count as one.
    const name = this.windows.has(key) || this.windows.size < MAX_KEYS ? key : '';
    const current = this.windows.get(name);
    if (current !== undefined && performance.now() >= current.endsAt) this.end(name, current, window);
    const open = this.windows.get(name) ?? this.open(name, writeSum, window);
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
    for (const { timer, leftOut, latest } of this.windows.values()) {
      clearTimeout(timer);
      if (leftOut > 0) latest(leftOut);
    }
    this.windows.clear();
  }

  private open(name: string, latest: WriteSum, window: number): Window {
    const timer = setTimeout(() => {
      const ended = this.windows.get(name);
      if (ended !== undefined) this.end(name, ended, window);
    }, window).unref();
    const opened = { written: 0, leftOut: 0, latest, endsAt: performance.now() + window, timer };
    this.windows.set(name, opened);
    return opened;
  }

  /** While they go on coming only their sum is written, once a window. */
  private end(name: string, { timer, leftOut, latest }: Window, window: number): void {
    clearTimeout(timer);
    this.windows.delete(name);
    if (leftOut === 0) return;
    latest(leftOut);
    this.open(name, latest, window).written = Infinity;
  }
}
