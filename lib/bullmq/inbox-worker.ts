import { Logger } from '@nestjs/common';
import { DelayedError, type Job, Worker } from 'bullmq';
import { type DeliverStored, type ReportDead } from '../delivery/inbox/callback-inbox.js';
import { withinTime } from '../delivery/store/time-limit.js';
import { JobHandling, type Result } from './job-handling.js';
import { limitedBackoff } from './limited-backoff.js';
import { callbackOf, failureOf, jobErrorOf, type StoredJob } from './stored-job.js';
import { WorkerLog } from './worker-log.js';
import { TIMING, type WorkerSetup } from './worker-setup.js';

/** How long BullMQ may take to stop, in ms: while Redis is unavailable it would never end. */
const CLOSE_TIMEOUT_MS = 2000;

/** Takes jobs from the queue and has their callbacks delivered. */
export class InboxWorker {
  private readonly worker: Worker<StoredJob>;
  private readonly handling: JobHandling;
  private readonly log = new WorkerLog(new Logger('VideoCallbacks'));

  constructor(setup: WorkerSetup, deliver: DeliverStored, reportDead: ReportDead) {
    const { application, timing = TIMING } = setup;
    this.handling = new JobHandling(application, timing, deliver, this.log);
    const { queueName, connection, prefix, concurrency } = setup;
    this.worker = new Worker<StoredJob>(queueName, (job, token) => this.process(job, token), {
      connection,
      ...prefix,
      concurrency,
      lockDuration: timing.lockDurationMs,
      stalledInterval: timing.stalledIntervalMs,
      // A job is never given up because it stalled: that says nothing about its own callback.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      // BullMQ asks by INFO. Without the permission for it, a worker would ask again and again, without a pause.
      skipVersionCheck: setup.skipVersionCheck ?? false,
      settings: { backoffStrategy: (attemptsMade) => limitedBackoff(attemptsMade) },
    });
    this.listen(reportDead);
  }

  /** Takes nothing new, and waits within a bound for what is being handled; others take over the rest. */
  async stop(timeoutMs: number): Promise<void> {
    const paused = this.worker.pause(true);
    this.handling.close();
    await withinTime(CLOSE_TIMEOUT_MS, () => paused).catch(() => undefined);
    await this.handling.settle(timeoutMs);
    // After a close without force BullMQ ignores one with it.
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
      this.handling.confirm(job);
    });
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
