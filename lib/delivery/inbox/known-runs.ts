import { type DeliveryFailedError } from './stored-callback.js';

/** The failure to count as an attempt, if any. */
export type Result = DeliveryFailedError | undefined;

/** How the handling of a callback ended; `undefined` if it did not start because the worker stopped. */
export type Outcome = { readonly failure: Result } | undefined;

/** How many completed jobs are remembered until the queue confirms them. */
const MOST_REMEMBERED = 10_000;

/**
 * The jobs that this process handles. If the process lost its lock on a job, because the store was unavailable or the
 * event loop blocked, the queue may give it the same job again while the method still runs here or has completed.
 *
 * The key of a job distinguishes it from a later one with the same id.
 */
export class KnownRuns {
  private readonly running = new Map<string, Promise<Outcome>>();
  private readonly completed = new Set<string>();

  /** The earlier run of a job in this process, if it is still running or has completed. */
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

  /** The queue has finished a job and will not give it again. */
  confirm(key: string): void {
    this.completed.delete(key);
  }

  /** Waits until all runs have ended, with or without success. */
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
