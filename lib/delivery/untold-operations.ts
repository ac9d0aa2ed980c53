import { type CallbackLedger } from './callback-ledger.js';

/** How many callbacks, and how many claims, are kept in memory that the ledger could not be told of: about 10 MB each. */
const MOST_UNTOLD = 100_000;

/** First and longest pause between two attempts to tell them, in ms. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5000;

/**
 * What a ledger that was away must still be told: which callbacks this process has handled, and which claims it has given
 * up. It is told in the background as soon as it answers. Otherwise a connection that broke for a moment would leave a
 * claim until its lease is over, for which the next copy waits, or which a copy in another process gets after that though
 * the callback was handled.
 */
export class UntoldOperations {
  private readonly completed = new Set<string>();
  /** Callbacks by the holders of their claims. */
  private readonly released = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;
  private pause = FIRST_PAUSE;

  constructor(
    /** The ledger, bounded in time. */
    private readonly ledger: Pick<CallbackLedger, 'complete' | 'release'>,
    /** Called when it could be told everything. */
    private readonly told: () => void,
  ) {}

  /** Keeps that a callback was handled, instead of the oldest if there are too many. */
  addCompleted(id: string): void {
    // To the end, without a moment in which it is not known.
    this.completed.delete(id);
    makeRoom(this.completed);
    this.completed.add(id);
    this.tellLater();
  }

  /** Keeps that a claim is given up, instead of the oldest if there are too many. */
  addReleased(id: string, holder: string): void {
    makeRoom(this.released);
    this.released.set(holder, id);
    this.tellLater();
  }

  /** Whether this process has handled a callback and the ledger does not know of it. */
  hasCompleted(id: string): boolean {
    return this.completed.has(id);
  }

  /** The ledger knows that a callback was handled. */
  forgetCompleted(id: string): void {
    this.completed.delete(id);
  }

  private tellLater(): void {
    this.timer ??= setTimeout(() => void this.tell(), this.pause).unref();
  }

  private async tell(): Promise<void> {
    try {
      for (const id of this.completed) {
        await this.ledger.complete(id);
        this.completed.delete(id);
      }
      for (const [holder, id] of this.released) {
        await this.ledger.release(id, holder);
        this.released.delete(holder);
      }
      this.pause = FIRST_PAUSE;
      this.told();
    } catch {
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    }
    this.timer = undefined;
    // Also what was added behind the place where this was.
    if (this.completed.size + this.released.size > 0) this.tellLater();
  }
}

function makeRoom(kept: Set<string> | Map<string, string>): void {
  const [oldest] = kept.keys();
  if (oldest !== undefined && kept.size >= MOST_UNTOLD) kept.delete(oldest);
}
