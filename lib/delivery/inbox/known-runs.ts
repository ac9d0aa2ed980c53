import { type DeliveryFailedError } from './stored-callback.js';

/** The failure that is counted as an attempt, if there is one. */
export type Result = DeliveryFailedError | undefined;

/** How the handling of a callback ended; `undefined` if it did not begin, because the worker stopped. */
export type Outcome = { readonly failure: Result } | undefined;

/** How many completed jobs are remembered until the queue confirms them. */
const MOST_REMEMBERED = 10_000;

/**
 * What this process knows about the jobs that it handles. A queue gives it a job again that it did not hold any more, as
 * the store was unavailable or the event loop blocked, although its method still runs here, or has completed.
 *
 * The key of a job distinguishes it from a later one with the same id.
 */
export class KnownRuns {
  private readonly running = new Map<string, Promise<Outcome>>();
  private readonly completed = new Set<string>();

  /** The run of a job that this process began before, if that is not over or it completed. */
  find(key: string): Promise<Outcome> | undefined {
    return this.completed.has(key) ? Promise.resolve({ failure: undefined }) : this.running.get(key);
  }

  add(key: string, run: Promise<Outcome>): Promise<Outcome> {
    const known = run
      .then((outcome) => {
        if (outcome !== undefined && outcome.failure === undefined) this.remember(key);
        return outcome;
      })
      .finally(() => this.running.delete(key));
    this.running.set(key, known);
    return known;
  }

  /** The queue has finished a job: it does not come again. */
  confirm(key: string): void {
    this.completed.delete(key);
  }

  /** Waits for all that run, however they end. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.running.values());
  }

  private remember(key: string): void {
    this.completed.add(key);
    if (this.completed.size <= MOST_REMEMBERED) return;
    const [oldest = ''] = this.completed;
    this.completed.delete(oldest);
  }
}
