import { type Awaitable } from '../../verification/signature-key.js';

/** First and longest pause between two runs of a check, in ms. The first run follows at once. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/** Runs a check in the background, one run at a time, with growing pauses, until it succeeds. */
export class BackgroundCheck {
  private timer: NodeJS.Timeout | undefined;
  private pauseMs = 0;
  private isRunning = false;
  private isClosed = false;

  /** @param check resolves with whether it succeeded */
  constructor(private readonly check: () => Promise<boolean>) {}

  /** Runs the check, unless a run is already planned. */
  start(): void {
    if (this.timer !== undefined || this.isRunning || this.isClosed) return;
    this.timer = setTimeout(() => void this.run(), this.pauseMs).unref();
    this.pauseMs = Math.min(Math.max(2 * this.pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
  }

  /** Makes the next series start without a pause. */
  resetPauses(): void {
    this.pauseMs = 0;
  }

  /** Stops running the check. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    this.timer = undefined;
    this.isRunning = true;
    // If the check throws, for example in the application's logger, it is repeated.
    const hasSucceeded = await this.check().catch(() => false);
    this.isRunning = false;
    if (!hasSucceeded) this.start();
  }
}

/** Writes something into a store. May be run again after it has succeeded. */
export type WriteRecord = () => Awaitable<void>;

/** How many records are kept in memory until the store has them: about 20 MB. */
const MOST_PENDING = 100_000;

/** How often a record may fail while the store is available. */
const MOST_REFUSALS = 10;

interface PendingRecord {
  readonly write: WriteRecord;
  /** Ends when an attempt to write it that is under way has ended. */
  readonly attempt: Promise<void> | undefined;
  refusals: number;
}

/** Records that a store does not have yet. If there are too many, the oldest is dropped. */
export class PendingRecords {
  private readonly records = new Map<string, PendingRecord>();

  /**
   * Adds a record, in place of one with the same key.
   *
   * @param attempt an attempt to write it that is under way; must not reject
   */
  add(key: string, write: WriteRecord, attempt?: Promise<void>): void {
    // Deleted first, so that it goes to the end of the order.
    this.records.delete(key);
    if (this.records.size >= MOST_PENDING) {
      const [oldest = ''] = this.records.keys();
      this.records.delete(oldest);
    }
    this.records.set(key, { write, attempt, refusals: 0 });
  }

  delete(key: string): void {
    this.records.delete(key);
  }

  has(key: string): boolean {
    return this.records.has(key);
  }

  /**
   * Writes all records, one after the other, the oldest first.
   *
   * @param run runs one of them
   * @param isStoreAvailable asked after a failure; `false` ends the run
   * @returns whether the store has all of them
   */
  async flush(
    run: (write: WriteRecord) => Promise<void>,
    isStoreAvailable: () => Awaitable<boolean>,
  ): Promise<boolean> {
    let hasFailed = false;
    for (const [key, record] of [...this.records]) {
      await record.attempt;
      if (this.records.get(key) !== record) continue;
      try {
        await run(record.write);
        this.records.delete(key);
      } catch {
        hasFailed = true;
        if (!(await isStoreAvailable())) break;
        // The store refuses this record only.
        record.refusals += 1;
        if (record.refusals >= MOST_REFUSALS) this.records.delete(key);
      }
    }
    return !hasFailed;
  }
}
