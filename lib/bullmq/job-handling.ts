import { type Job } from 'bullmq';
import { type DeliverStored } from '../delivery/inbox/callback-inbox.js';
import { failureOf, limitedBackoff } from '../delivery/inbox/failed-attempt.js';
import { KnownRuns, type Outcome, type Result } from '../delivery/inbox/known-runs.js';
import { DeliveryFailedError } from '../delivery/inbox/stored-callback.js';
import { withinTime } from '../delivery/store/time-limit.js';
import { applicationOf, callbackOf, LeftJobs, putBack, type StoredJob } from './stored-job.js';
import {
  begunAlone,
  died,
  type JobMarks,
  letGo,
  MOST_DEATHS,
  notAlone,
  readMarks,
  survived,
  treatmentOf,
  unexplainedStalls,
} from './suspicion.js';
import { type AloneTerms, Turns } from './turns.js';
import { type WorkerLog } from './worker-log.js';

/** How long a worker waits for what before it handles a suspect, in ms. */
export interface SuspectTiming {
  /** The pause after a death of the process; doubles with each. */
  readonly pauseAfterDeathMs: number;
  /** How long a worker must run before it retries a callback during which a process ended. */
  readonly minUptimeMs: number;
  /**
   * For how long other jobs wait for a suspect that is handled alone; doubles with each stall. A suspect waits a third
   * as long for running jobs to end.
   */
  readonly aloneMs: number;
}

/** How many times longer others wait in the end: 10 min. */
const MOST_TIMES_LONGER = 20;

/** How long writing the marks may take when the worker stops, in ms. */
const LAST_MARKS_MS = 2000;

/**
 * Handles the jobs of a worker.
 *
 * A job whose worker did not renew its lock is a suspect: its callback may have ended the process. Suspects are handled
 * one at a time, with nothing else running, so that a callback is given up only if it ends the process
 * {@link MOST_DEATHS} times alone. If a suspect does not finish, other jobs start beside it after a while, and the
 * attempt no longer counts against it.
 */
export class JobHandling {
  readonly runs = new KnownRuns();
  private readonly turns = new Turns();
  private readonly left = new LeftJobs();
  /** The jobs whose method has begun, and those that came while the worker stopped. */
  private readonly held = new Map<Job<StoredJob>, JobMarks>();
  private readonly started = performance.now();

  constructor(
    private readonly application: string,
    private readonly timing: SuspectTiming,
    private readonly deliver: DeliverStored,
    private readonly log: WorkerLog,
  ) {}

  /** Starts no more jobs. */
  close(): void {
    this.turns.close();
    this.left.close();
  }

  /** Waits, for a limited time, for running jobs, and marks the rest, because they did not end the process. */
  async settle(timeoutMs: number): Promise<void> {
    await withinTime(timeoutMs, () => this.runs.settled()).catch(() => undefined);
    const marked = [...this.held].map(([job, marks]) => job.updateProgress(letGo(marks, job)));
    await withinTime(LAST_MARKS_MS, () => Promise.allSettled(marked)).catch(() => undefined);
  }

  /** @returns the failure to count as an attempt, if any */
  async handle(job: Job<StoredJob>, token: string | undefined): Promise<Result> {
    const marks = readMarks(job.progress);
    if (this.turns.isClosed) return this.untilOthersTakeOver(job, marks);
    const owner = applicationOf(job.data);
    if (owner !== undefined && owner !== this.application) {
      this.log.foreign(owner);
      return this.left.leave(job, token, marks);
    }
    const outcome = await (this.runs.find(runKeyOf(job)) ?? this.begin(job, token, marks));
    if (outcome === undefined) return this.untilOthersTakeOver(job, marks);
    const { failure } = outcome;
    return failure?.next === 'leave' ? this.left.leave(job, token, survived(marks, job, failure)) : failure;
  }

  private async begin(job: Job<StoredJob>, token: string | undefined, marks: JobMarks): Promise<Outcome> {
    const treatment = treatmentOf(job, marks);
    if (treatment === 'handled') return { failure: undefined };
    if (treatment === 'died') return { failure: await this.countDeath(job, token, marks) };
    if (treatment === 'failed')
      return { failure: new DeliveryFailedError('failed when its worker had lost the lock', 'retry') };
    const isSuspect = treatment === 'alone';
    const leftMs = this.started + this.timing.minUptimeMs - performance.now();
    // If the process ends soon after each start, the callback may not be the cause.
    if (isSuspect && marks.deaths > 0 && leftMs > 0) return putBack(job, token, leftMs);
    return this.runs.add(runKeyOf(job), this.run(job, marks, isSuspect));
  }

  private async run(job: Job<StoredJob>, marks: JobMarks, isSuspect: boolean): Promise<Outcome> {
    const turn = await this.turns.take(isSuspect ? this.aloneTerms(job, marks) : undefined);
    if (turn === undefined) return undefined;
    this.held.set(job, marks);
    try {
      if (turn.isAlone) await job.updateProgress(begunAlone(marks, job));
      const failure = await this.attempt(job);
      // The lock may be lost, and the job may be removed.
      if (isSuspect) await job.updateProgress(survived(marks, job, failure)).catch(() => undefined);
      return { failure };
    } finally {
      this.held.delete(job);
      turn.end();
    }
  }

  private aloneTerms(job: Job<StoredJob>, marks: JobMarks): AloneTerms {
    const factor = Math.min(2 ** (unexplainedStalls(job, marks) - 1), MOST_TIMES_LONGER);
    const aloneMs = this.timing.aloneMs * factor;
    const onOver = (): void => {
      this.log.endless(job.id, aloneMs);
      job.updateProgress(notAlone(marks)).catch(() => undefined);
    };
    return { waitMs: aloneMs / 3, aloneMs, onOver };
  }

  private async attempt(job: Job<StoredJob>): Promise<Result> {
    try {
      await this.deliver(callbackOf(job.data), { attempt: job.attemptsMade + 1, of: job.opts.attempts ?? 1 });
      return undefined;
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Puts a job back after the process ended while it was handled alone, or gives it up. */
  private async countDeath(job: Job<StoredJob>, token: string | undefined, marks: JobMarks): Promise<Result> {
    const deaths = marks.deaths + 1;
    await job.updateProgress(died(marks));
    if (deaths >= MOST_DEATHS) {
      const cause = `the process ended ${deaths} times while this callback alone was handled`;
      return new DeliveryFailedError(cause, 'give-up');
    }
    this.log.died(job.id, deaths);
    return putBack(job, token, limitedBackoff(deaths, this.timing.pauseAfterDeathMs));
  }

  /** For a job that arrives while its worker stops. If it were put back, BullMQ 5 would take the next one instead. */
  private untilOthersTakeOver(job: Job<StoredJob>, marks: JobMarks): Promise<never> {
    if (unexplainedStalls(job, marks) === 0) this.held.set(job, marks);
    return new Promise(() => undefined);
  }
}

/** Once a job is removed, another one may get its id. */
export function runKeyOf({ id, timestamp }: Pick<Job, 'id' | 'timestamp'>): string {
  return `${timestamp} ${id}`;
}
