import { DelayedError, type Job, UnrecoverableError } from 'bullmq';
import { failureOf, limitedBackoff, reasonOf } from '../delivery/inbox/failed-attempt.js';
import { type StoredCallback } from '../delivery/inbox/stored-callback.js';
import { isJsonObject } from '../callbacks/json-object.js';
import { type JobMarks } from './suspicion.js';

/**
 * The data of a job: a callback and its application. Other software can write to the queue, so a job may contain
 * anything.
 */
export interface StoredJob extends StoredCallback {
  /** Absent in jobs that any application may handle. */
  readonly application?: string;
}

/**
 * The id of a callback's job. The same callback may be sent to several applications that share a queue, and is a
 * separate job for each. Encoded, because BullMQ allows no colon.
 */
export function jobIdOf({ id }: Pick<StoredCallback, 'id'>, application: string): string {
  return application === '' ? id : `${id}@${encodeURIComponent(application)}`;
}

/** The callback of a job, as it was stored. */
export function callbackOf(data: StoredJob): StoredCallback {
  if (!isJsonObject(data)) return data;
  const callback: { application?: string } & StoredCallback = { ...data };
  delete callback.application;
  return callback;
}

/** The application that stored a job, if it is known. */
export function applicationOf(data: unknown): string | undefined {
  const application = isJsonObject(data) ? data['application'] : undefined;
  return typeof application === 'string' ? application : undefined;
}

/** A failure as an error for BullMQ. Its message becomes the `failedReason`, which Redis stores beside the payload. */
export function jobErrorOf(error: unknown): Error {
  const failure = failureOf(error);
  const reason = reasonOf(failure);
  const jobError = failure.next === 'give-up' ? new UnrecoverableError(reason) : new Error(reason);
  jobError.cause = failure;
  return jobError;
}

/** The name of the default back-off in BullMQ. */
export const LIMITED_BACKOFF = 'video-callbacks';

/**
 * Puts a job back for later, without counting an attempt.
 *
 * @throws {DelayedError} always: it tells BullMQ that the job is not finished
 */
export async function putBack(job: Job, token: string | undefined, pauseMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + pauseMs, token);
  throw new DelayedError();
}

/** The first and the longest pause of a job that was left for another application, in ms. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** The first pause of a job that is left when many are, in ms: each pass over them is work for Redis. */
const FIRST_PAUSE_OF_MANY_MS = 10_000;

/** How often a job is left before its pauses grow, because which application gets it next is random. */
const STEADY_PAUSES = 20;

/** How many jobs a worker leaves for a short time at once. It keeps each of them during that time. */
const MOST_AT_ONCE = 200;

/**
 * Leaves jobs for other applications. After its pause a job is either promoted, and goes to the worker that has waited
 * longest, or it becomes due, and goes to the worker that already waits for that moment. Either way might always favor
 * this worker, so one is chosen at random.
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
      // If another worker has taken it, or Redis is unavailable, it becomes due later anyway.
      if (isPromoted) job.promote().catch(() => undefined);
    }, pauseMs).unref();
    this.timers.add(timer);
    return putBack(job, token, isPromoted ? pauseMs + LONGEST_PAUSE_MS : pauseMs);
  }

  /** Stops promoting jobs. */
  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
