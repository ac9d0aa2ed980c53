import { type ConstructorOptions } from 'pg-boss';
import { checkNumbers, checkOptionNames, checkValues, expect, hasMethod, shownSort } from '../options/option-checks.js';

/** Options of {@link PgBossCallbackInbox}. */
export interface PgBossCallbackInboxOptions {
  /**
   * Where Postgres is: a connection string, or options of pg-boss, whose `db` takes a pool of the application. Unless it
   * says otherwise, pg-boss uses the schema `video_callbacks`, schedules nothing, and looks after its queues only in
   * processes with a worker, every 15 s.
   */
  readonly connection: string | ConstructorOptions;
  /**
   * The name of the queue: letters, digits, `_`, `-`, `.` and `/`, at most 100, without `/dead` at the end. Default
   * `video-callbacks`. Each application on a schema needs a name of its own. Dead callbacks are kept in the queue
   * `<queueName>/dead`.
   */
  readonly queueName?: string | undefined;
  /**
   * After how many attempts a callback is kept as dead, at most 1 000 000. Default 40: with the default pauses about 8
   * hours. An attempt whose process ended counts.
   */
  readonly attempts?: number | undefined;
  /** The pause before the second attempt, in whole seconds; doubles with each, with up to as much again at random. Default 1. */
  readonly retryDelay?: number | undefined;
  /** The longest pause between attempts, in whole seconds. Default 900 (15 min). */
  readonly retryDelayMax?: number | undefined;
  /** How many callbacks this process handles at once, a whole number. Default 10. */
  readonly concurrency?: number | undefined;
  /**
   * How often each of them looks for a callback while there is none, in seconds, at least 0.5. Default 2. A process that
   * stores a callback itself wakes its worker.
   */
  readonly pollingInterval?: number | undefined;
  /** How long a handled callback is known, in seconds, at most 2 147 483 647 (68 years). Default 93 600 (26 h). */
  readonly retention?: number | undefined;
  /**
   * How long a dead callback is kept for inspection and retry, in seconds. Default 2 592 000 (30 days). It is a setting of
   * the queue: the process with a worker that started last decides.
   */
  readonly failedRetention?: number | undefined;
  /** Whether this process handles callbacks, or accepts them only. Default `true`. */
  readonly worker?: boolean | undefined;
  /** How long `stop` waits for callbacks that are being handled, in seconds; others take them over then. Default 20. */
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
 * Checks every option; what pg-boss finds wrong with the members of `connection` it says itself.
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

/** Without an option that it knows, pg-boss would connect to a Postgres on this machine. */
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
  // pg-boss would use another schema than the statements of the inbox.
  if ('schema' in given && (given.schema === '' || given.schema === null))
    throw new TypeError('connection.schema is empty: leave it out, or name a schema.');
}
