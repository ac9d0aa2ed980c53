import { Logger } from '@nestjs/common';
import { PgBoss, type QueueOptions } from 'pg-boss';
import {
  CallbackInbox,
  type DeliverStored,
  type PutResult,
  type ReportDead,
} from '../delivery/inbox/callback-inbox.js';
import { type DeadCallback, type DeadCallbackFilter } from '../delivery/inbox/dead-callback.js';
import { InboxNotReadyError, PendingCallbacks } from '../delivery/inbox/pending-callbacks.js';
import { type StoredCallback } from '../delivery/inbox/stored-callback.js';
import { DEFAULT_RETENTION } from '../delivery/ledger/callback-ledger.js';
import { withinTime } from '../delivery/store/time-limit.js';
import { type InboxCounts } from '../telemetry/inbox-counts.js';
import { DeadCallbacks } from './dead-callbacks.js';
import { checkInboxOptions, type PgBossCallbackInboxOptions } from './inbox-options.js';
import { HEARTBEAT, InboxWorker } from './inbox-worker.js';
import { jobDataOf, jobIdOf } from './stored-job.js';
import { WorkerLog } from './worker-log.js';

const DEFAULT_SCHEMA = 'video_callbacks';

/** How often pg-boss looks for jobs without a heartbeat, in seconds. */
const SUPERVISION_INTERVAL = 15;

/** How often pg-boss deletes what is older than its retention, in seconds. */
const DELETION_INTERVAL = 3600;

/**
 * How long a job may be handled, in seconds: the longest time that pg-boss accepts. The end of its process is detected
 * earlier.
 */
const LONGEST_HANDLING = 24 * 3600;

/** How long a callback waits for a worker, in seconds: 68 years, the longest that pg-boss stores. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** How long Postgres may take to let pg-boss close, in ms. */
const CLOSE_TIMEOUT_MS = 2000;

const SERVER_STATE = `SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS only_reads`;

/**
 * Stores callbacks as jobs of pg-boss (12.35 or newer, which needs Node 22.12), in Postgres. A callback is safe once
 * Postgres has committed it.
 *
 * A job's id is derived from the callback's identity, so a copy does not become a second job while the first one waits,
 * and for `retention` after it was handled or failed for good. The callbacks of a process that died are taken over
 * within about 30 s, which counts as an attempt. Handling is at least once: a process that dies, or whose event loop is
 * blocked for more than 10 s, may have its callbacks handled again by another. Use `deadCallbacks()` to list callbacks
 * that failed for good, and `redrive()` to retry them.
 *
 * @example
 * inbox: new PgBossCallbackInbox({ connection: 'postgres://app@localhost/app' })
 */
export class PgBossCallbackInbox extends CallbackInbox {
  readonly scope: string;
  readonly retention: number;

  private readonly queue: string;
  private readonly deadQueue: string;
  private readonly settings: QueueOptions;
  private readonly deadSettings: QueueOptions;
  private readonly boss: PgBoss;
  private readonly dead: DeadCallbacks;
  private readonly countStatement: string;
  private readonly log = new WorkerLog(new Logger('VideoCallbacks'), 'Postgres');
  private readonly pending = new PendingCallbacks('Postgres');
  private opening: Promise<void> | undefined;
  private counting: Promise<InboxCounts> | undefined;
  private worker: InboxWorker | undefined;
  private isClosed = false;

  /**
   * @throws {RangeError} if a number among the options is out of its range
   * @throws {TypeError} if another option cannot be used
   * @throws {AssertionError} of pg-boss, if it cannot use a member of `connection`
   */
  constructor(private readonly options: PgBossCallbackInboxOptions) {
    super();
    checkInboxOptions(options);
    const { queueName = 'video-callbacks', connection, retention = DEFAULT_RETENTION, worker = true } = options;
    this.queue = queueName;
    this.deadQueue = `${queueName}/dead`;
    this.scope = `stored in the pg-boss queue "${queueName}"`;
    this.retention = retention;
    this.settings = settingsOf(options);
    this.deadSettings = { retentionSeconds: Math.ceil(options.failedRetention ?? 2_592_000) };
    const given = typeof connection === 'string' ? { connectionString: connection } : connection;
    const { schema = DEFAULT_SCHEMA } = given;
    this.boss = new PgBoss({
      schedule: false,
      supervise: worker,
      superviseIntervalSeconds: SUPERVISION_INTERVAL,
      monitorIntervalSeconds: SUPERVISION_INTERVAL,
      maintenanceIntervalSeconds: DELETION_INTERVAL,
      ...given,
      schema,
    });
    // Without a listener such an event would end the process.
    this.boss.on('error', (error) => {
      // If nothing can be stored, that is reported with the callback.
      if (this.worker !== undefined) this.log.failed(error);
    });
    this.dead = new DeadCallbacks(this.boss, this.deadQueue);
    // The statistics of pg-boss are up to a minute old. Its table is documented: https://pgboss.io/sql/job-table
    this.countStatement = `
SELECT count(*) FILTER (WHERE name = $1) AS waiting, count(*) FILTER (WHERE name = $2) AS dead
FROM ${schema}.job WHERE name IN ($1, $2) AND state IN ('created', 'retry', 'active')`;
  }

  /**
   * The callbacks that failed for good and are still kept (`failedRetention`), the oldest failures first, or in the
   * order of `ids`. It also works outside the application, with `worker: false`.
   *
   * @throws {RangeError} if `limit` is out of its range
   * @throws {TypeError} if the filter has an unknown member
   */
  async deadCallbacks(filter: DeadCallbackFilter = {}): Promise<readonly DeadCallback[]> {
    await this.open();
    return this.dead.list(filter);
  }

  /**
   * Retries callbacks that failed for good, with all attempts, in any process with a worker. Fix the cause first.
   *
   * @returns those that are retried
   * @throws {RangeError} if `limit` is out of its range
   * @throws {TypeError} if the filter has an unknown member
   *
   * @example
   * await inbox.redrive({ kinds: ['archive'] });
   */
  async redrive(filter: DeadCallbackFilter = {}): Promise<readonly DeadCallback[]> {
    await this.open();
    return this.dead.redrive(filter);
  }

  /** @throws {InboxNotReadyError} if the queue is missing, or Postgres does not confirm earlier callbacks */
  override put(callback: StoredCallback): Promise<PutResult> {
    return this.pending.keep(callback, async () => {
      await this.open();
      try {
        return await this.store(callback);
      } catch (error) {
        // A deleted queue is created again for the next callback.
        this.opening = undefined;
        throw error;
      }
    });
  }

  override start(deliver: DeliverStored, reportDead: ReportDead): void {
    const { worker = true, concurrency = 10, pollingInterval = 2 } = this.options;
    if (!worker || this.worker !== undefined) return;
    const { boss, queue, log } = this;
    const setup = { boss, queue, concurrency, pollingInterval, log, open: () => this.openAsWorker() };
    this.worker = new InboxWorker(setup, deliver, reportDead);
  }

  override async stop(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    await worker?.stop((this.options.stopTimeout ?? 20) * 1000);
  }

  override async close(): Promise<void> {
    this.isClosed = true;
    await withinTime(CLOSE_TIMEOUT_MS, () => this.boss.stop({ graceful: false })).catch(() => undefined);
    this.log.flush();
  }

  /** While Postgres hangs, all callers share one query. */
  override counts(): Promise<InboxCounts> {
    this.counting ??= this.count().finally(() => {
      this.counting = undefined;
    });
    return this.counting;
  }

  /** Warns about a server that cannot store callbacks. */
  override async warnings(): Promise<readonly string[]> {
    // If the queue could not be created, the state of the server says why.
    await this.open().catch(() => undefined);
    const { rows } = await this.boss.getDb().executeSql(SERVER_STATE, []);
    const [{ standby, only_reads: onlyReads }] = rows as [{ standby: boolean; only_reads: boolean }];
    if (standby)
      return ['The Postgres of the inbox is a standby, which stores no callbacks: connect to the primary server.'];
    if (!onlyReads) return [];
    return [
      'The Postgres of the inbox lets its client only read (default_transaction_read_only), so that it stores no ' +
        'callbacks: set it to off for the role.',
    ];
  }

  private async count(): Promise<InboxCounts> {
    await this.open();
    const { rows } = await this.boss.getDb().executeSql(this.countStatement, [this.queue, this.deadQueue]);
    const [{ waiting, dead }] = rows as [{ waiting: string; dead: string }];
    return { waiting: Number(waiting), dead: Number(dead) };
  }

  /** Creates the schema of pg-boss and the queues if they are missing. After a failure it tries again. */
  private open(): Promise<void> {
    if (this.isClosed) return Promise.reject(new InboxNotReadyError('the inbox is closed'));
    this.opening ??= this.makeQueues().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private async makeQueues(): Promise<void> {
    await this.boss.start();
    await this.boss.createQueue(this.deadQueue, this.deadSettings);
    await this.boss.createQueue(this.queue, { ...this.settings, deadLetter: this.deadQueue });
  }

  /** Callbacks retried by hand get the settings of the queue, so only processes that handle callbacks set them. */
  private async openAsWorker(): Promise<void> {
    await this.open();
    await this.boss.updateQueue(this.deadQueue, this.deadSettings);
    await this.boss.updateQueue(this.queue, this.settings);
  }

  private async store(callback: StoredCallback): Promise<PutResult> {
    const options = { id: jobIdOf(callback), ...this.settings, deadLetter: this.deadQueue };
    // Two attempts: between the two statements, pg-boss may delete the job of the first copy when its retention ends.
    for (let tries = 0; tries < 2; tries += 1) {
      if ((await this.boss.send(this.queue, jobDataOf(callback), options)) !== null) {
        this.log.reached();
        this.worker?.wake();
        return 'stored';
      }
      // pg-boss also creates no job if its queue was deleted.
      const [known] = await this.boss.findJobs(this.queue, { id: options.id });
      if (known !== undefined) return 'known';
    }
    throw new InboxNotReadyError(`the queue "${this.queue}" is missing`);
  }
}

/** The settings of jobs, and of the queue. */
function settingsOf({ attempts = 40, retryDelay = 1, retryDelayMax = 900, retention }: PgBossCallbackInboxOptions) {
  return {
    retryLimit: attempts,
    retryDelay,
    retryDelayMax,
    retryBackoff: true,
    expireInSeconds: LONGEST_HANDLING,
    heartbeatSeconds: HEARTBEAT,
    retentionSeconds: LONGEST_WAIT,
    deleteAfterSeconds: Math.ceil(retention ?? DEFAULT_RETENTION),
  };
}
