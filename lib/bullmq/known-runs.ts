import { type Job } from 'bullmq';
import { type DeliveryFailedError } from '../delivery/inbox/callback-inbox.js';

/** How the handling of a callback ended; `undefined` if it did not begin, because the worker stopped. */
export type Outcome = { readonly failure: DeliveryFailedError | undefined } | undefined;

/** How many completed jobs are remembered until BullMQ confirms them. */
const MOST_REMEMBERED = 10_000;

/**
 * What this process knows about the jobs that it handles. BullMQ gives it a job again whose lock was lost, as Redis was
 * unavailable or the event loop blocked, although its method still runs here, or has completed.
 */
export class KnownRuns {
  private readonly running = new Map<string, Promise<Outcome>>();
  private readonly completed = new Set<string>();

  /** The run of a job that this process began before, if that is not over or it completed. */
  find(job: Job): Promise<Outcome> | undefined {
    const key = keyOf(job);
    return this.completed.has(key) ? Promise.resolve({ failure: undefined }) : this.running.get(key);
  }

  add(job: Job, run: Promise<Outcome>): Promise<Outcome> {
    const key = keyOf(job);
    const known = run
      .then((outcome) => {
        if (outcome !== undefined && outcome.failure === undefined) this.remember(key);
        return outcome;
      })
      .finally(() => this.running.delete(key));
    this.running.set(key, known);
    return known;
  }

  /** BullMQ has finished a job: it does not come again. */
  confirm(job: Job): void {
    this.completed.delete(keyOf(job));
  }

  /** Waits for all that run, however they end. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.running.values());
  }

  private remember(key: string): void {
    this.completed.add(key);
    if (this.completed.size <= MOST_REMEMBERED) return;
    for (const oldest of this.completed) {
      this.completed.delete(oldest);
      return;
    }
  }
}

/** Once a job is removed, another one may get its id. */
function keyOf({ id, timestamp }: Job): string {
  return `${timestamp} ${id}`;
}
