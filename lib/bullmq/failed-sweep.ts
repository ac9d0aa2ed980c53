import { type Queue } from 'bullmq';

/** The shortest and the longest pause between two sweeps, in ms. */
const SHORTEST_INTERVAL_MS = 1000;
const LONGEST_INTERVAL_MS = 15 * 60_000;

/** How many jobs are removed at once: Redis does nothing else meanwhile. */
const BATCH = 1000;

/**
 * Removes failed jobs before they are older than they may be: BullMQ removes them only when another one fails. After a sweep
 * that fails, the next one is still in time.
 */
export class FailedSweep {
  private readonly intervalMs: number;
  private readonly graceMs: number;
  private timer: NodeJS.Timeout | undefined;
  private isSweeping = false;

  constructor(
    private readonly queue: Pick<Queue, 'clean'>,
    /** How old a failed job may become, in ms. */
    retentionMs: number,
  ) {
    this.intervalMs = Math.min(Math.max(retentionMs / 10, SHORTEST_INTERVAL_MS), LONGEST_INTERVAL_MS);
    this.graceMs = Math.max(Math.floor(retentionMs - 2 * this.intervalMs), 0);
  }

  start(): void {
    this.timer ??= setInterval(() => void this.sweep(), this.intervalMs).unref();
    void this.sweep();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async sweep(): Promise<void> {
    if (this.isSweeping) return;
    this.isSweeping = true;
    try {
      let removed = BATCH;
      while (removed === BATCH && this.timer !== undefined) {
        removed = (await this.queue.clean(this.graceMs, BATCH, 'failed')).length;
      }
    } catch {
      // Redis is unavailable, which storing and handling callbacks report.
    } finally {
      this.isSweeping = false;
    }
  }
}
