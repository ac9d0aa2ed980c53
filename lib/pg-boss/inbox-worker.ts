import { type JobResult, type JobWithMetadata, type PgBoss } from 'pg-boss';
import { type DeliverStored, type InboxAttempt, type ReportDead } from '../delivery/inbox/callback-inbox.js';
import { failureOf, limitedBackoff, reasonOf } from '../delivery/inbox/failed-attempt.js';
import { KnownRuns, type Result } from '../delivery/inbox/known-runs.js';
import { DeliveryFailedError, type StoredCallback } from '../delivery/inbox/stored-callback.js';
import { BackgroundCheck } from '../delivery/store/recovery.js';
import { withinTime } from '../delivery/store/time-limit.js';
import { readJob } from './stored-job.js';
import { type WorkerLog } from './worker-log.js';

/** The settings of a worker. */
export interface WorkerSetup {
  readonly boss: PgBoss;
  readonly queue: string;
  readonly concurrency: number;
  /** In seconds. */
  readonly pollingInterval: number;
  /** Resolves when the queue exists. */
  readonly open: () => Promise<void>;
  readonly log: WorkerLog;
}

/** How often a worker reports that it still handles a job, in seconds: a few times within {@link HEARTBEAT}. */
const HEARTBEAT_REFRESH = 3;

/** How long a worker owns a job without a new heartbeat, in seconds. The shortest time that pg-boss accepts. */
export const HEARTBEAT = 10;

/** How long pg-boss may take to stop once nothing is handled, in ms. */
const CLOSE_TIMEOUT_MS = 2000;

/** The longest pause of a job that was left for another process, in ms. */
const LONGEST_PAUSE_MS = 60_000;

type Job = JobWithMetadata<unknown>;

/** Takes jobs from the queue and delivers their callbacks. */
export class InboxWorker {
  private readonly runs = new KnownRuns();
  /** The polling workers of pg-boss. */
  private readonly idle = new Set<string>();
  private readonly beginning = new BackgroundCheck(() => this.begin());
  private workers = 0;
  private isStopped = false;

  constructor(
    private readonly setup: WorkerSetup,
    private readonly deliver: DeliverStored,
    private readonly reportDead: ReportDead,
  ) {
    this.beginning.start();
  }

  /** Makes an idle worker look for a job at once. */
  wake(): void {
    const [id] = this.idle;
    if (id === undefined) return;
    // The next call wakes another worker.
    this.idle.delete(id);
    this.idle.add(id);
    this.setup.boss.notifyWorker(id);
  }

  /** Takes no new jobs and waits, for a limited time, for those being handled. Other processes take over the rest. */
  async stop(timeoutMs: number): Promise<void> {
    this.isStopped = true;
    this.beginning.close();
    const stopped = this.setup.boss.offWork(this.setup.queue);
    await withinTime(timeoutMs, () => this.runs.settled()).catch(() => undefined);
    await withinTime(CLOSE_TIMEOUT_MS, () => stopped).catch(() => undefined);
  }

  private async begin(): Promise<boolean> {
    const { boss, queue, concurrency, pollingInterval, open, log } = this.setup;
    try {
      await open();
      // One by one: pg-boss wakes a worker by its id, and returns only the first of several.
      for (; this.workers < concurrency && !this.isStopped; this.workers += 1)
        await this.addWorker(boss, queue, pollingInterval);
      return true;
    } catch (error) {
      log.failed(error);
      return false;
    }
  }

  private async addWorker(boss: PgBoss, queue: string, pollingIntervalSeconds: number): Promise<void> {
    const options = { pollingIntervalSeconds, heartbeatRefreshSeconds: HEARTBEAT_REFRESH };
    let id = '';
    id = await boss.work(
      queue,
      { ...options, includeMetadata: true, perJobResults: true } as const,
      async ([job]: Job[]) => (job === undefined ? [] : [await this.handle(id, job)]),
    );
    this.idle.add(id);
  }

  private async handle(workerId: string, job: Job): Promise<JobResult> {
    this.setup.log.reached();
    this.idle.delete(workerId);
    // While there are jobs, no worker pauses between them.
    this.setup.boss.notifyWorker(workerId);
    try {
      return { id: job.id, ...(await this.resultOf(job)) };
    } finally {
      this.idle.add(workerId);
    }
  }

  private async resultOf(job: Job): Promise<Omit<JobResult, 'id'>> {
    const { callback, timesLeft } = readJob(job);
    // The queue allows one extra attempt: it detects that the process ended during the last one.
    const of = Math.max(1, job.retryLimit - timesLeft);
    const attempt = job.retryCount + 1 - timesLeft;
    const failure = await this.failureOf(job, callback, { attempt, of });
    if (failure === undefined) return { status: 'completed' };
    if (failure.next === 'leave') return this.leave(job, timesLeft + 1, failure);
    const attempts = Math.min(attempt, of);
    const output = { message: reasonOf(failure), attempts };
    if (failure.next !== 'give-up' && attempt < of) return { status: 'failed', output };
    this.reportDead(callback, { attempt: attempts, of }, failure);
    return { status: 'deadletter', output };
  }

  private async failureOf(job: Job, callback: StoredCallback, attempt: InboxAttempt): Promise<Result> {
    if (this.isStopped) return new DeliveryFailedError('its worker stopped', 'leave');
    if (attempt.attempt > attempt.of)
      return new DeliveryFailedError('the process ended during the last attempt', 'give-up');
    const key = `${job.createdOn.getTime()} ${job.id}`;
    const outcome = await (this.runs.find(key) ?? this.runs.add(key, this.run(callback, attempt)));
    return outcome?.failure;
  }

  private async run(callback: StoredCallback, attempt: InboxAttempt): Promise<{ readonly failure: Result }> {
    try {
      await this.deliver(callback, attempt);
      return { failure: undefined };
    } catch (error) {
      return { failure: failureOf(error) };
    }
  }

  /** Puts a job back for another process, without counting an attempt. */
  private async leave(job: Job, timesLeft: number, failure: DeliveryFailedError): Promise<Omit<JobResult, 'id'>> {
    const { boss, queue } = this.setup;
    await boss.fail(queue, job, { message: reasonOf(failure) });
    const startAfter = this.isStopped ? 0 : Math.ceil(limitedBackoff(timesLeft, 1000, LONGEST_PAUSE_MS) / 1000);
    await boss.update(
      queue,
      { ...readJob(job).data, timesLeft, leftAs: job.id },
      { id: job.id, retryLimit: job.retryLimit + 1, startAfter },
    );
    // This worker no longer owns the job, so pg-boss ignores the result.
    return { status: 'completed' };
  }
}
