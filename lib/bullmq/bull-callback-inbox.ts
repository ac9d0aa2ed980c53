import { type JobsOptions, Queue } from 'bullmq';
import {
  CallbackInbox,
  type DeliverStored,
  type PutResult,
  type ReportDead,
} from '../delivery/inbox/callback-inbox.js';
import { type DeadCallback, type DeadCallbackFilter } from '../delivery/inbox/dead-callback.js';
import { InboxNotReadyError, PendingCallbacks } from '../delivery/inbox/pending-callbacks.js';
import { DEFAULT_RETENTION } from '../delivery/ledger/callback-ledger.js';
import { type StoredCallback } from '../delivery/inbox/stored-callback.js';
import { withinTime } from '../delivery/store/time-limit.js';
import { evictionPolicy } from '../redis/redis-client.js';
import { type InboxCounts } from '../telemetry/inbox-counts.js';
import { DeadCallbacks } from './dead-callbacks.js';
import { type BullCallbackInboxOptions, checkInboxOptions } from './inbox-options.js';
import { InboxWorker } from './inbox-worker.js';
import { InboxConnections } from './redis-connection.js';
import { jobIdOf, LIMITED_BACKOFF, type StoredJob } from './stored-job.js';

/** BullMQ's states of jobs that will be, or are being, tried. */
const WAITING = ['waiting', 'prioritized', 'delayed', 'active'] as const;

/** How long Redis may take to say which commands it takes before a worker starts, or to let the queue close, in ms. */
const REDIS_TIMEOUT_MS = 2000;

/**
 * Stores callbacks as jobs of BullMQ (5.66 or newer, or 6). A callback is stored once Redis confirmed it, and as
 * durable as that Redis: use an append-only file and `maxmemory-policy noeviction`.
 *
 * A job's id consists of the callback's identity and the application's name, so a copy within `retention` does not
 * become a second job. The callbacks of a process that died are taken over within about 10 s. Handling is at least
 * once: a process that dies, or whose event loop is blocked for more than 5 s, may have its callbacks handled again by
 * another. Such callbacks are then handled one at a time. A callback that ends the process five times while nothing
 * else is handled is given up. Use `deadCallbacks()` to list callbacks that failed for good, and `redrive()` to retry
 * them.
 *
 * @example
 * inbox: new BullCallbackInbox({ connection: { host: 'localhost', port: 6379 } })
 */
export class BullCallbackInbox extends CallbackInbox {
  readonly scope: string;
  readonly retention: number;

  private readonly prefix: string;
  private readonly failedRetention: number;
  private readonly connections: InboxConnections;
  private readonly queue: Queue<StoredJob>;
  private readonly jobOptions: JobsOptions;
  private worker: InboxWorker | undefined;
  /** The latest start, until it is stopped. */
  private latestStart: object | undefined;
  /** Resolves when Redis was reached or the first attempt failed. */
  private readonly firstTry: Promise<unknown>;
  private isReady = false;
  private readonly pending = new PendingCallbacks('Redis');
  private counting: Promise<InboxCounts> | undefined;

  /**
   * @throws {RangeError} if a number among the options is out of its range
   * @throws {TypeError} if another option cannot be used, for example a connection that does not work with BullMQ
   */
  constructor(private readonly options: BullCallbackInboxOptions) {
    super();
    checkInboxOptions(options);
    const { queueName = 'video-callbacks', prefix = 'bull', retention = DEFAULT_RETENTION } = options;
    this.scope = `stored in the BullMQ queue "${queueName}"`;
    this.retention = retention;
    this.prefix = prefix;
    this.failedRetention = options.failedRetention ?? 2_592_000;
    this.connections = new InboxConnections(options.connection);
    this.queue = new Queue(queueName, {
      connection: this.connections.forProducer(),
      prefix,
      // BullMQ asks for the version once. If the reply is lost, the queue would never store anything.
      skipVersionCheck: true,
    });
    this.firstTry = new Promise((resolve) => {
      // put() reports that Redis is unavailable; without a listener the event would end the process.
      this.queue.on('error', resolve).on('ioredis:close', () => {
        resolve(undefined);
      });
      this.queue.waitUntilReady().then(() => {
        this.isReady = true;
        resolve(undefined);
      }, resolve);
    });
    this.jobOptions = {
      attempts: options.attempts ?? 40,
      backoff: options.backoff ?? { type: LIMITED_BACKOFF },
      // A handled callback is remembered by its deduplication entry, which takes a seventh of the memory of a kept job.
      removeOnComplete: true,
      removeOnFail: { age: this.failedRetention },
      stackTraceLimit: 1,
    };
  }

  /**
   * The callbacks of this application that failed for good and are still kept (`failedRetention`), the oldest failures
   * first, or in the order of `ids`. It also works outside the application, with `worker: false`.
   *
   * @throws {RangeError} if `limit` is out of its range
   * @throws {TypeError} if the filter has an unknown member
   * @throws {InboxNotReadyError} if Redis was not reached yet
   */
  async deadCallbacks(filter: DeadCallbackFilter = {}): Promise<readonly DeadCallback[]> {
    return (await this.dead()).list(filter);
  }

  /**
   * Retries callbacks that failed for good, with all attempts, in any process with a worker. Fix the cause first.
   *
   * @returns those that are retried
   * @throws {RangeError} if `limit` is out of its range
   * @throws {TypeError} if the filter has an unknown member
   * @throws {InboxNotReadyError} if Redis was not reached yet
   *
   * @example
   * await inbox.redrive({ kinds: ['archive'] });
   */
  async redrive(filter: DeadCallbackFilter = {}): Promise<readonly DeadCallback[]> {
    return (await this.dead()).redrive(filter);
  }

  /** @throws {InboxNotReadyError} if Redis was not reached yet, or does not confirm earlier callbacks */
  override put(callback: StoredCallback): Promise<PutResult> {
    return this.pending.keep(callback, async () => {
      await this.ready();
      return this.store(callback);
    });
  }

  override async start(deliver: DeliverStored, reportDead: ReportDead): Promise<void> {
    const { concurrency = 10, worker = true, application = '' } = this.options;
    if (!worker || this.latestStart !== undefined) return;
    const start = (this.latestStart = {});
    const skipVersionCheck = await withinTime(REDIS_TIMEOUT_MS, () => refusesInfo(this.queue)).catch(() => false);
    // It may have been stopped and started again in the meantime.
    if (this.latestStart !== start) return;
    const { queue, prefix } = this;
    const failedRetentionMs = this.failedRetention * 1000;
    const connection = this.connections.forWorker();
    const setup = { queue, prefix, connection, application, concurrency, failedRetentionMs, skipVersionCheck };
    this.worker = new InboxWorker(setup, deliver, reportDead);
  }

  override async stop(): Promise<void> {
    const { worker } = this;
    this.latestStart = undefined;
    this.worker = undefined;
    await worker?.stop((this.options.stopTimeout ?? 20) * 1000);
  }

  override async close(): Promise<void> {
    await withinTime(REDIS_TIMEOUT_MS, () => this.queue.close()).catch(() => undefined);
    // While Redis is unavailable or hangs, BullMQ's client would reconnect for ever. After this call it may never report
    // its end, so that is not waited for.
    this.queue.disconnect().catch(() => undefined);
    this.connections.close();
  }

  /** While Redis hangs, all callers share one query. */
  override counts(): Promise<InboxCounts> {
    this.counting ??= this.count().finally(() => {
      this.counting = undefined;
    });
    return this.counting;
  }

  override async warnings(): Promise<readonly string[]> {
    const policy = evictionPolicy(await redisInfo(this.queue).catch(() => ''));
    if (policy === undefined) return [];
    return [
      `The Redis of the inbox has the maxmemory-policy ${policy}: when its memory is full it removes stored callbacks ` +
        'before they are handled. Set it to noeviction.',
    ];
  }

  private async dead(): Promise<DeadCallbacks> {
    await this.ready();
    return new DeadCallbacks(this.queue, this.options.application ?? '');
  }

  /**
   * Before its first connection to Redis, BullMQ would queue the callback and store it long after it was handled in its
   * request.
   */
  private async ready(): Promise<void> {
    await this.firstTry;
    if (!this.isReady) throw new InboxNotReadyError('Redis was not reached yet');
  }

  private async store(callback: StoredCallback): Promise<PutResult> {
    const { application = '' } = this.options;
    const id = jobIdOf(callback, application);
    // Both are sent at once, and Redis takes them in this order.
    const [knownJob] = await Promise.all([
      this.queue.getDeduplicationJobId(id),
      this.queue.add(
        'callback',
        { ...callback, application },
        { ...this.jobOptions, jobId: id, deduplication: { id, ttl: Math.ceil(this.retention * 1000) } },
      ),
    ]);
    return knownJob === null ? 'stored' : 'known';
  }

  private async count(): Promise<InboxCounts> {
    const { failed = 0, ...waiting } = await this.queue.getJobCounts(...WAITING, 'failed');
    return { waiting: Object.values(waiting).reduce((sum, count) => sum + count, 0), dead: failed };
  }
}

/** Whether Redis takes commands, but not `INFO`. */
async function refusesInfo(queue: Queue<StoredJob>): Promise<boolean> {
  try {
    await redisInfo(queue);
    return false;
  } catch (error) {
    return error instanceof Error && /^(?:NOPERM|ERR unknown command)/.test(error.message);
  }
}

/** What Redis says about itself. */
async function redisInfo(queue: Queue<StoredJob>): Promise<string> {
  // BullMQ 6 keeps the client in a backend, BullMQ 5 in the queue.
  const owner = 'getBackend' in queue ? queue.getBackend() : queue;
  const client = (await Reflect.get(owner, 'client')) as { info(): Promise<string> };
  return client.info();
}
