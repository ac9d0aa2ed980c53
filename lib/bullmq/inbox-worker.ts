import { Logger } from '@nestjs/common';
import { type ConnectionOptions, DelayedError, type Job, Worker } from 'bullmq';
import { DeliveryFailedError, type DeliverStored, type ReportDead } from '../delivery/callback-inbox.js';
import { type JobMarks, readMarks } from './job-marks.js';
import { LeftJobs } from './left-jobs.js';
import { limitedBackoff } from './limited-backoff.js';
import { putBack } from './put-back.js';
import { settledWithin } from './settled-within.js';
import { applicationOf, callbackOf, failureOf, jobErrorOf, type StoredJob } from './stored-job.js';
import { begunAlone, counted, died, type Ending, MOST_DEATHS, survived, treatmentOf } from './suspicion.js';
import { Turns } from './turns.js';
import { WorkerLog } from './worker-log.js';

/** How a worker is set up. */
export interface WorkerSetup {
  readonly queueName: string;
  readonly connection: ConnectionOptions;
  readonly prefix: { readonly prefix?: string };
  readonly application: string;
  readonly concurrency: number;
  readonly timing?: WorkerTiming;
}

/** How long a worker waits for what, in ms. */
export interface WorkerTiming {
  /** For how long a job is a worker's own, unless it says again that it is alive. */
  readonly lockDurationMs: number;
  /** How often jobs are looked for whose worker did not. */
  readonly stalledIntervalMs: number;
  /** The pause after a death of the process; doubles with each. */
  readonly pauseAfterDeathMs: number;
}

/** The failure that is counted as an attempt, if there is one. */
type Result = DeliveryFailedError | undefined;

/** BullMQ's own 30 s leave the callbacks of a dead process lying for a minute. */
const TIMING: WorkerTiming = { lockDurationMs: 5000, stalledIntervalMs: 2500, pauseAfterDeathMs: 10_000 };

/** How long BullMQ may take to stop, in ms: while Redis is unavailable it would not come back. */
const LET_GO_MS = 2000;

/**
 * Takes jobs from the queue and has their callbacks delivered.
 *
 * A job whose worker did not renew its lock is a suspect: its callback may have ended the process. Suspects are handled
 * one at a time, and nothing else meanwhile, so that only a callback that ends the process {@link MOST_DEATHS} times on its
 * own is given up.
 */
export class InboxWorker {
  private readonly worker: Worker<StoredJob>;
  private readonly turns = new Turns();
  private readonly running = new Set<Promise<Result>>();
  private readonly left = new LeftJobs();
  private readonly log = new WorkerLog(new Logger('VideoCallbacks'));
  private readonly timing: WorkerTiming;

  constructor(
    private readonly setup: WorkerSetup,
    private readonly deliver: DeliverStored,
    reportDead: ReportDead,
  ) {
    this.timing = setup.timing ?? TIMING;
    const { queueName, connection, prefix, concurrency } = setup;
    this.worker = new Worker<StoredJob>(queueName, (job, token) => this.process(job, token), {
      connection,
      ...prefix,
      concurrency,
      lockDuration: this.timing.lockDurationMs,
      stalledInterval: this.timing.stalledIntervalMs,
      // A job is never given up because it stalled: that says nothing about its own callback.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      settings: { backoffStrategy: (attemptsMade) => limitedBackoff(attemptsMade) },
    });
    this.listen(reportDead);
  }

  /** Takes nothing new, and waits within a bound for what is being handled; others take over the rest. */
  async stop(timeoutMs: number): Promise<void> {
    const paused = this.worker.pause(true);
    this.turns.close();
    this.left.close();
    await settledWithin(LET_GO_MS, paused);
    await settledWithin(timeoutMs, Promise.allSettled(this.running));
    // BullMQ forces nothing if it is asked to close politely first.
    await settledWithin(LET_GO_MS, this.worker.close(true));
    this.log.flush();
  }

  private listen(reportDead: ReportDead): void {
    const { worker, log } = this;
    worker.on('error', (error) => {
      log.failed(error);
    });
    const reached = (): void => {
      log.reached();
    };
    worker.on('active', reached);
    // BullMQ 5 reports every new connection on the worker, BullMQ 6 on its backend.
    worker.on('ready', reached);
    if ('getBackend' in worker) worker.getBackend().on('ready', reached);
    worker.on('failed', (job, error) => {
      if (job?.finishedOn === undefined) return;
      const dead = { ...callbackOf(job.data), id: job.id ?? '' };
      reportDead(dead, { attempt: job.attemptsMade, of: job.opts.attempts ?? 1 }, failureOf(error));
    });
  }

  /**
   * Resolves if the job is finished. What is thrown BullMQ counts as a failed attempt, except a {@link DelayedError}; so
   * a failure to write into Redis must not be thrown.
   */
  private async process(job: Job<StoredJob>, token?: string): Promise<void> {
    let failure: Result;
    try {
      failure = await this.treat(job, token);
    } catch (error) {
      if (error instanceof DelayedError) throw error;
      this.log.failed(error);
      // If that fails too, another worker takes the job over when its lock expires.
      await job.moveToDelayed(Date.now() + limitedBackoff(1), token).catch(() => undefined);
      throw new DelayedError();
    }
    if (failure !== undefined) throw jobErrorOf(failure);
  }

  private async treat(job: Job<StoredJob>, token: string | undefined): Promise<Result> {
    if (this.turns.isClosed) return untilOthersTakeOver();
    const marks = readMarks(job.progress);
    const owner = applicationOf(job.data);
    if (owner !== undefined && owner !== this.setup.application) {
      this.log.foreign(owner);
      return this.left.leave(job, token, marks);
    }
    const treatment = treatmentOf(job, marks);
    if (treatment === 'handled') return undefined;
    if (treatment === 'died') return this.countDeath(job, token, marks);
    if (treatment === 'failed') {
      await job.updateProgress(counted(marks, job));
      return new DeliveryFailedError('failed when its worker had lost the lock', 'retry');
    }
    const isAlone = treatment === 'alone';
    if (!(await this.turns.take(isAlone))) return untilOthersTakeOver();
    const handling = isAlone ? this.handleAlone(job, token, marks) : this.handle(job, token, marks);
    this.running.add(handling);
    try {
      return await handling;
    } finally {
      this.running.delete(handling);
      this.turns.end();
    }
  }

  private async handle(job: Job<StoredJob>, token: string | undefined, marks: JobMarks): Promise<Result> {
    const failure = await this.attempt(job);
    return failure?.next === 'leave' ? this.left.leave(job, token, marks) : failure;
  }

  private async handleAlone(job: Job<StoredJob>, token: string | undefined, marks: JobMarks): Promise<Result> {
    await job.updateProgress(begunAlone(marks, job));
    const failure = await this.attempt(job);
    const ending: Ending = failure === undefined ? 'completed' : failure.next === 'leave' ? 'left' : 'failed';
    const after = survived(marks, job, ending);
    // The lock may be lost, and the job gone.
    await job.updateProgress(after).catch(() => undefined);
    return ending === 'left' ? this.left.leave(job, token, after) : failure;
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
}

/** A job that is got while its worker stops. If it were put back, BullMQ 5 would take the next one in its place. */
function untilOthersTakeOver(): Promise<never> {
  return new Promise(() => undefined);
}
