import { Logger } from '@nestjs/common';
import {
  type BackoffOptions,
  type ConnectionOptions,
  type Job,
  type JobsOptions,
  Queue,
  UnrecoverableError,
  Worker,
} from 'bullmq';
import { setTimeout as wait } from 'node:timers/promises';
import {
  CallbackInbox,
  DeliveryFailedError,
  type DeliverStored,
  type PutResult,
  type ReportDead,
} from '../delivery/callback-inbox.js';
import { DEFAULT_RETENTION } from '../delivery/default-retention.js';
import { type StoredCallback } from '../delivery/stored-callback.js';
import { checkNumbers } from '../options/number-check.js';
import { type InboxCounts } from '../telemetry/inbox-counts.js';
import { InboxConnections } from './inbox-connections.js';
import { LIMITED_BACKOFF, limitedBackoff } from './limited-backoff.js';

/** Options of {@link BullCallbackInbox}. */
export interface BullCallbackInboxOptions {
  /**
   * Where Redis is: options of ioredis, or a client of ioredis that the application has. A client is duplicated, not
   * used, so that it stays as it is.
   */
  readonly connection: ConnectionOptions;
  /** The name of BullMQ's queue. Default `video-callbacks`. */
  readonly queueName?: string | undefined;
  /** What the queue's keys in Redis begin with. Default `bull`, as BullMQ has it. */
  readonly prefix?: string | undefined;
  /** After how many attempts a callback is kept as failed. Default 40: with the default back-off about 8 hours. */
  readonly attempts?: number | undefined;
  /** Pauses between attempts, as BullMQ takes them. Default: 1 s, doubling to 15 min, each shortened at random by up to half. */
  readonly backoff?: number | BackoffOptions | undefined;
  /** How many callbacks this process handles at once, a whole number. Default 10. */
  readonly concurrency?: number | undefined;
  /** How long a handled callback is known, in seconds, at most 3 153 600 000 (100 years). Default 93 600 (26 h). */
  readonly retention?: number | undefined;
  /** How long a callback that failed for good is kept for inspection and redrive, in seconds. Default 2 592 000 (30 days). */
  readonly failedRetention?: number | undefined;
  /** Whether this process handles callbacks, or accepts them only. Default `true`. */
  readonly worker?: boolean | undefined;
  /** How long `stop` waits for callbacks that are being handled, in seconds; others take them over then. Default 20. */
  readonly stopTimeout?: number | undefined;
}

const JOB_NAME = 'callback';

/** BullMQ's states of jobs that will be, or are being, tried. */
const WAITING = ['wait', 'prioritized', 'delayed', 'active'] as const;

/** Redis was not there yet when a callback was to be stored for the first time. */
export class InboxNotReadyError extends Error {
  override readonly name = 'InboxNotReadyError';
}

/**
 * Stores callbacks as jobs of BullMQ. A callback is safe once Redis confirmed it, as safe as that Redis is: give it an
 * append-only file.
 *
 * A job's id is the callback's identity, so that a copy is no second job for as long as `retention`. The worker of a
 * process that died is replaced within about 10 s. Handling is at least once: a process that dies, or whose event loop
 * stands still for more than 5 s, may have its callbacks handled again by another. Jobs that failed for good are listed,
 * inspected and redriven with BullMQ's own tools: `queue.getFailed()`, `job.retry('failed', { resetAttemptsMade: true })`.
 *
 * @example
 * inbox: new BullCallbackInbox({ connection: { host: 'localhost', port: 6379 } })
 */
export class BullCallbackInbox extends CallbackInbox {
  readonly scope: string;
  readonly retention: number;

  private readonly logger = new Logger('VideoCallbacks');
  private readonly connections: InboxConnections;
  private readonly queue: Queue<StoredCallback>;
  private readonly jobOptions: JobsOptions;
  private worker: Worker<StoredCallback> | undefined;
  private readonly ready: Promise<void>;
  private isReady = false;
  private readonly running = new Set<Promise<void>>();

  /**
   * @throws {RangeError} if a number among the options is out of its range
   * @throws {TypeError} if the connection is a cluster
   */
  constructor(private readonly options: BullCallbackInboxOptions) {
    super();
    const { queueName = 'video-callbacks', retention = DEFAULT_RETENTION, failedRetention = 2_592_000 } = options;
    const { attempts = 40, backoff, concurrency, stopTimeout } = options;
    checkNumbers('BullCallbackInbox', { attempts, concurrency, retention, failedRetention, stopTimeout });
    checkNumbers('BullCallbackInbox', backoffNumbers(backoff));
    this.scope = `stored in the BullMQ queue "${queueName}"`;
    this.retention = retention;
    this.connections = new InboxConnections(options.connection);
    this.queue = new Queue(queueName, {
      connection: this.connections.forProducer(),
      ...this.prefix(),
      // BullMQ asks for the version once. A queue whose question was lost would never store anything.
      skipVersionCheck: true,
    });
    // Whoever stores a callback learns that Redis is away; without a listener the event would end the process.
    this.queue.on('error', () => undefined);
    this.ready = this.queue.waitUntilReady().then(() => {
      this.isReady = true;
    });
    this.ready.catch(() => undefined);
    this.jobOptions = {
      attempts,
      backoff: backoff ?? { type: LIMITED_BACKOFF },
      // What remembers a handled callback is its entry for deduplication, which takes a seventh of a kept job.
      removeOnComplete: true,
      removeOnFail: { age: failedRetention },
    };
  }

  override async put(callback: StoredCallback): Promise<PutResult> {
    // BullMQ would keep the callback until Redis is there for the first time, long after it was handled in its request.
    if (!this.isReady) await settledWithin(FIRST_CONNECTION, this.ready);
    if (!this.isReady) throw new InboxNotReadyError();
    const { id } = callback;
    // Both are sent at once, and Redis takes them in this order.
    const [knownJob] = await Promise.all([
      this.queue.getDeduplicationJobId(id),
      this.queue.add(JOB_NAME, callback, {
        ...this.jobOptions,
        jobId: id,
        deduplication: { id, ttl: Math.ceil(this.retention * 1000) },
      }),
    ]);
    return knownJob === null ? 'stored' : 'known';
  }

  override start(deliver: DeliverStored, reportDead: ReportDead): void {
    const { concurrency = 10, worker = true } = this.options;
    if (!worker || this.worker !== undefined) return;
    this.worker = new Worker<StoredCallback>(this.queue.name, (job) => this.track(process(job, deliver)), {
      connection: this.connections.forWorker(),
      ...this.prefix(),
      concurrency,
      // BullMQ's own 30 s leave the callbacks of a dead process lying for a minute.
      lockDuration: 5000,
      stalledInterval: 2500,
      // With BullMQ's 1, a second crash would fail a callback for good.
      maxStalledCount: 10,
      settings: { backoffStrategy: limitedBackoff },
    });
    this.reportOn(this.worker, reportDead);
  }

  override async stop(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    if (worker === undefined) return;
    // Takes nothing new. While Redis is away this and the following would not come back.
    await settledWithin(LET_GO, worker.pause(true));
    await settledWithin((this.options.stopTimeout ?? 20) * 1000, Promise.allSettled(this.running));
    // Others take over what is unfinished. BullMQ forces nothing if it is asked to close politely first.
    await settledWithin(LET_GO, worker.close(true));
  }

  override async close(): Promise<void> {
    await settledWithin(LET_GO, this.queue.close());
    // BullMQ leaves a client that cannot say goodbye, as Redis is away or hangs, to reconnect for ever. Once it is
    // disconnected it may never tell of its end, so nobody waits for that.
    this.queue.disconnect().catch(() => undefined);
    this.connections.close();
  }

  private track(delivery: Promise<void>): Promise<void> {
    this.running.add(delivery);
    return delivery.finally(() => this.running.delete(delivery));
  }

  private prefix(): { prefix?: string } {
    return this.options.prefix === undefined ? {} : { prefix: this.options.prefix };
  }

  override async counts(): Promise<InboxCounts> {
    const { failed = 0, ...waiting } = await this.queue.getJobCounts(...WAITING, 'failed');
    return { waiting: Object.values(waiting).reduce((sum, count) => sum + count, 0), dead: failed };
  }

  /** Outages once, and what failed for good: by its attempts, or because process after process died over it. */
  private reportOn(worker: Worker<StoredCallback>, reportDead: ReportDead): void {
    let isAway = false;
    worker.on('error', (error) => {
      if (!('code' in error)) {
        this.logger.error(`The inbox's worker: ${error.message}`);
        return;
      }
      if (!isAway) this.logger.error(`The inbox's worker cannot reach Redis (${String(error.code)}): callbacks wait.`);
      isAway = true;
    });
    worker.on('active', () => {
      if (isAway) this.logger.warn("The inbox's worker reaches Redis again.");
      isAway = false;
    });
    worker.on('failed', (job, error) => {
      if (job?.finishedOn === undefined) return;
      // BullMQ's own error here says what a delivery said, or that process after process died over the job.
      const failure = new DeliveryFailedError(error.message, 'give-up');
      reportDead(job.data, { attempt: job.attemptsMade, of: job.opts.attempts ?? 1 }, failure);
    });
  }
}

/** How long a callback waits for the first connection, in ms: less than the module's own limit for storing. */
const FIRST_CONNECTION = 1500;

/** How long letting go of Redis may take, in ms. */
const LET_GO = 2000;

/** Waits for a promise, however it ends, but not for ever. */
async function settledWithin(ms: number, promise: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const patience = wait(ms, undefined, { signal: timer.signal, ref: false }).catch(() => undefined);
  await Promise.race([promise.catch(() => undefined), patience]);
  timer.abort();
}

/** The numbers of a back-off: a pause, or those of its settings. */
function backoffNumbers(backoff: BullCallbackInboxOptions['backoff'] | null) {
  if (typeof backoff !== 'object' || backoff === null) return { backoff };
  return { 'backoff.delay': backoff.delay, 'backoff.jitter': backoff.jitter };
}

async function process(job: Job<StoredCallback>, deliver: DeliverStored): Promise<void> {
  try {
    await deliver(job.data, { attempt: job.attemptsMade + 1, of: job.opts.attempts ?? 1 });
  } catch (error) {
    if (error instanceof DeliveryFailedError && error.next === 'give-up') throw new UnrecoverableError(error.message);
    throw error;
  }
}
