import { type Job } from 'bullmq';
import { type JobMarks } from './job-marks.js';
import { limitedBackoff } from './limited-backoff.js';
import { putBack } from './stored-job.js';

/** The first and the longest pause of a job that was left, in ms. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** The first pause of a job that is left when many are, in ms: each pass over them is work for Redis. */
const FIRST_PAUSE_OF_MANY_MS = 10_000;

/** How often a job is left until its pauses grow: chance decides which application gets it next. */
const STEADY_PAUSES = 20;

/** How many jobs a worker leaves for a short time at once; it keeps each of them meanwhile. */
const MOST_AT_ONCE = 200;

/**
 * Leaves jobs for other applications. When its pause is over, a job is promoted, and the worker that has waited longest
 * gets it; or it becomes due, and the worker gets it that already waits for that moment. One of the two may always
 * favor this worker, so each is chosen at random.
 */
export class LeftJobs {
  private readonly timers = new Set<NodeJS.Timeout>();

  async leave(job: Job, token: string | undefined, marks: JobMarks): Promise<never> {
    const timesLeft = marks.timesLeft + 1;
    await job.updateProgress({ ...marks, timesLeft });
    if (this.timers.size >= MOST_AT_ONCE)
      return putBack(job, token, limitedBackoff(timesLeft, FIRST_PAUSE_OF_MANY_MS, LONGEST_PAUSE_MS));
    const pauseMs = limitedBackoff(Math.max(1, timesLeft - STEADY_PAUSES), FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    const isPromoted = Math.random() < 0.5;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      // Another worker may have got it, or Redis is unavailable: it becomes due later anyway.
      if (isPromoted) job.promote().catch(() => undefined);
    }, pauseMs).unref();
    this.timers.add(timer);
    return putBack(job, token, isPromoted ? pauseMs + LONGEST_PAUSE_MS : pauseMs);
  }

  /** Promotes nothing more. */
  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
