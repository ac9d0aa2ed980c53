import { type ConstructorOptions } from 'pg-boss';
import { checkNumbers, checkOptionNames, checkValues, expect, hasMethod, shownSort } from '../options/option-checks.js';

/** Options of {@link PgBossCallbackInbox}. */
export interface PgBossCallbackInboxOptions {
  /**
   * The connection to Postgres: a connection string, or options of pg-boss. Its option `db` takes a pool of your
   * application. By default pg-boss uses the schema `video_callbacks`, schedules nothing, and maintains its queues only
   * in processes with a worker, every 15 s.
   */
  readonly connection: string | ConstructorOptions;
  /**
   * The name of the queue: letters, digits, `_`, `-`, `.` and `/`, at most 100, without `/dead` at the end. Default
   * `video-callbacks`. Each application in a schema needs its own name. Dead callbacks are kept in the queue
   * `<queueName>/dead`.
   */
  readonly queueName?: string | undefined;
  /**
   * The number of attempts before a callback is kept as dead, at most 1 000 000. Default 40: with the default pauses
   * about 8 hours. An attempt counts also if its process ended.
   */
  readonly attempts?: number | undefined;
  /**
   * The pause before the second attempt, in whole seconds. It doubles with each attempt, and a random time of up to the
   * same length is added. Default 1.
   */
  readonly retryDelay?: number | undefined;
  /** The longest pause between attempts, in whole seconds. Default 900 (15 min). */
  readonly retryDelayMax?: number | undefined;
  /** How many callbacks this process handles at once, a whole number. Default 10. */
  readonly concurrency?: number | undefined;
  /**
   * How often an idle worker looks for a callback, in seconds, at least 0.5. Default 2. A process that stores a
   * callback wakes its own worker at once.
   */
  readonly pollingInterval?: number | undefined;
  /** How long a handled callback is remembered, in seconds, at most 2 147 483 647 (68 years). Default 93 600 (26 h). */
  readonly retention?: number | undefined;
  /**
   * How long a dead callback is kept for inspection and retry, in seconds. Default 2 592 000 (30 days). It is a setting of
   * the queue: the process with a worker that started last decides.
   */
  readonly failedRetention?: number | undefined;
  /** Whether this process handles callbacks. With `false` it only stores them. Default `true`. */
  readonly worker?: boolean | undefined;
  /**
   * How long `stop` waits for callbacks that are being handled, in seconds. After that other processes take them over.
   * Default 20.
   */
  readonly stopTimeout?: number | undefined;
}

const OPTIONS: Readonly<Record<keyof PgBossCallbackInboxOptions, true>> = {
  connection: true,
  queueName: true,
  attempts: true,
  retryDelay: true,
  retryDelayMax: true,
  concurrency: true,
  pollingInterval: true,
  retention: true,
  failedRetention: true,
  worker: true,
  stopTimeout: true,
};

const CHECKS = {
  queueName: expect(
    (value) => typeof value === 'string' && /^(?!.*\/dead$)[\w.\-/]{1,100}$/.test(value),
    'at most 100 letters, digits, "_", "-", "." and "/", and does not end with "/dead"',
  ),
  worker: expect((value) => typeof value === 'boolean', 'true or false'),
};

/**
 * Checks every option. pg-boss checks most members of `connection` itself.
 *
 * @throws {RangeError} if a number is out of its range
 * @throws {TypeError} if another option is unknown or cannot be used
 */
export function checkInboxOptions(options: PgBossCallbackInboxOptions): void {
  checkOptionNames('PgBossCallbackInbox', options, Object.keys(OPTIONS));
  const { attempts, retryDelay, retryDelayMax, concurrency, pollingInterval } = options;
  const { retention, failedRetention, stopTimeout } = options;
  const counts = { attempts, retryDelay, retryDelayMax, concurrency, pollingInterval };
  checkNumbers('PgBossCallbackInbox', { ...counts, retention, failedRetention, stopTimeout });
  checkValues('', options, CHECKS);
  checkConnection(options.connection);
}

/** Without an option that it knows, pg-boss would connect to Postgres on this machine. */
function checkConnection(given: unknown): void {
  if (typeof given === 'string' && given !== '') return;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const question = given === undefined ? ' Is the environment variable for it set?' : '';
    throw new TypeError(
      `connection is ${shownSort(given)}: write 'postgres://host/database', or options of pg-boss.${question}`,
    );
  }
  if (hasMethod(given, 'then')) throw new TypeError('connection is a promise: await it.');
  if (hasMethod(given, 'query') || hasMethod(given, 'executeSql') || hasMethod(given, 'send'))
    throw new TypeError(
      'connection is a client: write { db: { executeSql: (text, values) => pool.query(text, values) } }.',
    );
  if ('db' in given && given.db !== undefined && !hasMethod(given.db, 'executeSql'))
    throw new TypeError(
      'connection.db has no method executeSql: write { executeSql: (text, values) => pool.query(text, values) }.',
    );
  for (const name of ['url', 'uri'])
    if (name in given) throw new TypeError(`connection.${name} is no option of pg-boss: write connectionString.`);
  if ('connectionString' in given && (typeof given.connectionString !== 'string' || given.connectionString === ''))
    throw new TypeError('connection.connectionString is empty. Is the environment variable for it set?');
  // pg-boss and the statements of the inbox would use different schemas.
  if ('schema' in given && (given.schema === '' || given.schema === null))
    throw new TypeError('connection.schema is empty: leave it out, or name a schema.');
}
