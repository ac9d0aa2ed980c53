import { Logger } from '@nestjs/common';
import { type ConnectionOptions, DelayedError, type Job, type Queue, Worker } from 'bullmq';
import { type DeliverStored, type ReportDead } from '../delivery/inbox/callback-inbox.js';
import { failureOf, limitedBackoff } from '../delivery/inbox/failed-attempt.js';
import { type Result } from '../delivery/inbox/known-runs.js';
import { withinTime } from '../delivery/store/time-limit.js';
import { JobHandling, runKeyOf, type SuspectTiming } from './job-handling.js';
import { callbackOf, jobErrorOf, type StoredJob } from './stored-job.js';
import { WorkerLog } from './worker-log.js';

/** The settings of a worker. */
export interface WorkerSetup {
  readonly queue: Pick<Queue, 'clean' | 'name'>;
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly application: string;
  readonly concurrency: number;
  /** How old a failed job may become, in ms. */
  readonly failedRetentionMs: number;
  /** Whether BullMQ must not ask for the version of Redis. Then an idle worker is up to 1 s late for a retry. */
  readonly skipVersionCheck?: boolean;
  readonly timing?: WorkerTiming;
}

/** How long a worker waits for what, in ms. */
interface WorkerTiming extends SuspectTiming {
  /** How long a worker owns a job without renewing its lock. */
  readonly lockDurationMs: number;
  /** How often to look for jobs whose lock was not renewed. */
  readonly stalledIntervalMs: number;
}

/** With BullMQ's default of 30 s, the callbacks of a dead process would wait for a minute. */
const TIMING: WorkerTiming = {
  lockDurationMs: 5000,
  stalledIntervalMs: 2500,
  pauseAfterDeathMs: 10_000,
  minUptimeMs: 30_000,
  aloneMs: 30_000,
};

/** How long BullMQ may take to stop, in ms: while Redis is unavailable it would never end. */
const CLOSE_TIMEOUT_MS = 2000;

/** Takes jobs from the queue and delivers their callbacks. */
export class InboxWorker {
  private readonly worker: Worker<StoredJob>;
  private readonly handling: JobHandling;
  private readonly sweep: FailedSweep;
  private readonly log = new WorkerLog(new Logger('VideoCallbacks'), 'Redis');

  constructor(setup: WorkerSetup, deliver: DeliverStored, reportDead: ReportDead) {
    const { application, timing = TIMING } = setup;
    this.handling = new JobHandling(application, timing, deliver, this.log);
    const { queue, connection, prefix, concurrency } = setup;
    this.worker = new Worker<StoredJob>(queue.name, (job, token) => this.process(job, token), {
      connection,
      prefix,
      concurrency,
      lockDuration: timing.lockDurationMs,
      stalledInterval: timing.stalledIntervalMs,
      // A job is never given up because it stalled: another callback may be the cause.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      // BullMQ asks by INFO. Without the permission for it, a worker would ask again and again, without a pause.
      skipVersionCheck: setup.skipVersionCheck ?? false,
      settings: { backoffStrategy: (attemptsMade) => limitedBackoff(attemptsMade) },
    });
    this.listen(reportDead);
    this.sweep = new FailedSweep(queue, setup.failedRetentionMs);
    this.sweep.start();
  }

  /** Takes no new jobs and waits, for a limited time, for those being handled. Other processes take over the rest. */
  async stop(timeoutMs: number): Promise<void> {
    this.sweep.stop();
    const paused = this.worker.pause(true);
    this.handling.close();
    await withinTime(CLOSE_TIMEOUT_MS, () => paused).catch(() => undefined);
    await this.handling.settle(timeoutMs);
    // Closed while it still connects, BullMQ 5 rejects a promise that nobody handles, which ends the process.
    await withinTime(CLOSE_TIMEOUT_MS, () => this.worker.waitUntilReady()).catch(() => undefined);
    // After a close without force, BullMQ ignores a close with force.
    await withinTime(CLOSE_TIMEOUT_MS, () => this.worker.close(true)).catch(() => undefined);
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
    worker.on('completed', (job) => {
      this.handling.runs.confirm(runKeyOf(job));
    });
    worker.on('failed', (job, error) => {
      if (job?.finishedOn === undefined) return;
      const dead = { ...callbackOf(job.data), id: job.id ?? '' };
      reportDead(dead, { attempt: job.attemptsMade, of: job.opts.attempts ?? 1 }, failureOf(error));
    });
  }

  /**
   * Resolves if the job is finished. BullMQ counts any error as a failed attempt, except a {@link DelayedError}. So
   * failures to write to Redis must not be thrown.
   */
  private async process(job: Job<StoredJob>, token?: string): Promise<void> {
    let failure: Result;
    try {
      failure = await this.handling.handle(job, token);
    } catch (error) {
      if (error instanceof DelayedError) throw error;
      this.log.failed(error);
      // If that fails too, another worker takes the job over when its lock expires.
      await job.moveToDelayed(Date.now() + limitedBackoff(1), token).catch(() => undefined);
      throw new DelayedError();
    }
    if (failure !== undefined) throw jobErrorOf(failure);
  }
}

/** The shortest and the longest pause between two sweeps, in ms. */
const SHORTEST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15 * 60_000;

/** How many jobs are removed at once. Redis does nothing else in that time. */
const BATCH = 1000;

/**
 * Removes failed jobs before they are older than they may be: BullMQ removes them only when another one fails. After a
 * sweep that fails, the next one is still in time.
 */
export class FailedSweep {
  private readonly pauseMs: number;
  private readonly graceMs: number;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  /** @param retentionMs how old a failed job may become, in ms */
  constructor(
    private readonly queue: Pick<Queue, 'clean'>,
    retentionMs: number,
  ) {
    this.pauseMs = Math.min(Math.max(retentionMs / 10, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
    this.graceMs = Math.max(Math.floor(retentionMs - 2 * this.pauseMs), 0);
  }

  start(): void {
    void this.sweep();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async sweep(): Promise<void> {
    try {
      let removed = BATCH;
      while (removed === BATCH && !this.isStopped) {
        removed = (await this.queue.clean(this.graceMs, BATCH, 'failed')).length;
      }
    } catch {
      // Redis is unavailable, which storing and handling callbacks report.
    }
    if (!this.isStopped) this.timer = setTimeout(() => void this.sweep(), this.pauseMs).unref();
  }
}
