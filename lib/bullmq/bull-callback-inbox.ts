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
import { CallbackInbox, DeliveryFailedError, type DeliverStored, type PutResult } from '../delivery/callback-inbox.js';
import { DEFAULT_RETENTION } from '../delivery/default-retention.js';
import { type StoredCallback } from '../delivery/stored-callback.js';
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
  readonly queueName?: string;
  /** What the queue's keys in Redis begin with. Default `bull`, as BullMQ has it. */
  readonly prefix?: string;
  /** After how many attempts a callback is kept as failed. Default 40: with the default back-off about 8 hours. */
  readonly attempts?: number;
  /** Pauses between attempts, as BullMQ takes them. Default: 1 s, doubling to 15 min, each shortened at random by up to half. */
  readonly backoff?: number | BackoffOptions;
  /** How many callbacks this process handles at once. Default 10. */
  readonly concurrency?: number;
  /** How long a handled callback is known, in seconds. Default 93 600 (26 h). */
  readonly retention?: number;
  /** How long a callback that failed for good is kept for inspection and redrive, in seconds. Default 2 592 000 (30 days). */
  readonly failedRetention?: number;
  /** Whether this process handles callbacks, or accepts them only. Default `true`. */
  readonly worker?: boolean;
  /** How long `stop` waits for callbacks that are being handled, in seconds; others take them over then. Default 20. */
  readonly stopTimeout?: number;
}

const JOB_NAME = 'callback';

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

  constructor(private readonly options: BullCallbackInboxOptions) {
    super();
    const { queueName = 'video-callbacks', retention = DEFAULT_RETENTION, failedRetention = 2_592_000 } = options;
    this.scope = `stored in the BullMQ queue "${queueName}"`;
    this.retention = retention;
    this.connections = new InboxConnections(options.connection);
    this.queue = new Queue(queueName, { connection: this.connections.forProducer(), ...this.prefix() });
    // Whoever stores a callback learns that Redis is away; without a listener the event would end the process.
    this.queue.on('error', () => undefined);
    this.jobOptions = {
      attempts: options.attempts ?? 40,
      backoff: options.backoff ?? { type: LIMITED_BACKOFF },
      // What remembers a handled callback is its entry for deduplication, which takes a seventh of a kept job.
      removeOnComplete: true,
      removeOnFail: { age: failedRetention },
    };
  }

  override async put(callback: StoredCallback): Promise<PutResult> {
    const { id } = callback;
    // Both are sent at once, and Redis takes them in this order.
    const [knownJob] = await Promise.all([
      this.queue.getDeduplicationJobId(id),
      this.queue.add(JOB_NAME, callback, {
        ...this.jobOptions,
        jobId: id,
        deduplication: { id, ttl: this.retention * 1000 },
      }),
    ]);
    return knownJob === null ? 'stored' : 'known';
  }

  override start(deliver: DeliverStored): void {
    const { concurrency = 10, worker = true } = this.options;
    if (!worker || this.worker !== undefined) return;
    this.worker = new Worker<StoredCallback>(this.queue.name, (job) => process(job, deliver), {
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
    this.reportOn(this.worker);
  }

  override async stop(): Promise<void> {
    const { stopTimeout = 20 } = this.options;
    const { worker } = this;
    if (worker !== undefined) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, stopTimeout * 1000);
      });
      await Promise.race([worker.close(), patience]);
      clearTimeout(timer);
      // Does nothing if it has closed; otherwise others take over what is unfinished.
      await worker.close(true);
    }
    await this.queue.close();
    this.connections.close();
  }

  private prefix(): { prefix?: string } {
    return this.options.prefix === undefined ? {} : { prefix: this.options.prefix };
  }

  /** Once per outage, and for each callback that is given up. */
  private reportOn(worker: Worker<StoredCallback>): void {
    let isAway = false;
    worker.on('error', (error) => {
      if (!isAway) this.logger.error(`The inbox's worker cannot reach Redis (${error.name}): callbacks wait.`);
      isAway = true;
    });
    worker.on('active', () => {
      if (isAway) this.logger.warn("The inbox's worker reaches Redis again.");
      isAway = false;
    });
    worker.on('failed', (job, error) => {
      if (job?.finishedOn === undefined) return;
      const { kind, claims } = job.data.token;
      this.logger.error(
        `The ${kind} callback ${JSON.stringify(claims.jti.slice(0, 64))} is kept as failed at attempt ${job.attemptsMade}: ` +
          `${error.message} (job ${job.id ?? ''} of the queue "${worker.name}").`,
      );
    });
  }
}

async function process(job: Job<StoredCallback>, deliver: DeliverStored): Promise<void> {
  try {
    await deliver(job.data, { attempt: job.attemptsMade + 1, of: job.opts.attempts ?? 1 });
  } catch (error) {
    if (error instanceof DeliveryFailedError && error.isFinal) throw new UnrecoverableError(error.message);
    throw error;
  }
}
