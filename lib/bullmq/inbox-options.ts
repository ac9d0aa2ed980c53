import { type BackoffOptions, type ConnectionOptions } from 'bullmq';
import {
  type Check,
  checkNumbers,
  checkOptionNames,
  checkValues,
  expect,
  shownValue,
} from '../options/option-checks.js';
import { LIMITED_BACKOFF } from './stored-job.js';

/** Options of {@link BullCallbackInbox}. */
export interface BullCallbackInboxOptions {
  /**
   * The connection to Redis: options of ioredis, `{ url }`, or an ioredis client of your application. A client is
   * duplicated and not changed. The inbox sets its own time limits and retries of commands: the module's
   * `storageTimeout` limits how long storing a callback may take.
   */
  readonly connection: ConnectionOptions;
  /** The name of BullMQ's queue, without `:`. Default `video-callbacks`. */
  readonly queueName?: string | undefined;
  /** Prefix of the queue's keys in Redis. Default `bull`, like BullMQ. */
  readonly prefix?: string | undefined;
  /**
   * The name of this application, if several share the queue: each handles only its own callbacks. At most 100
   * characters, default `''`. It is part of the job ids. Stored callbacks keep the name that they were stored with.
   */
  readonly application?: string | undefined;
  /**
   * The number of attempts before a callback is kept as failed. Default 40: with the default back-off about 8 hours.
   */
  readonly attempts?: number | undefined;
  /**
   * Pauses between attempts, in BullMQ's format (in ms, of the type `fixed` or `exponential`). Default: 1 s, doubling
   * to 15 min, each shortened at random by up to half.
   */
  readonly backoff?: number | BackoffOptions | undefined;
  /** How many callbacks this process handles at once, a whole number. Default 10. */
  readonly concurrency?: number | undefined;
  /**
   * How long a handled callback is remembered, in seconds, at most 3 153 600 000 (100 years). Default 93 600 (26 h).
   */
  readonly retention?: number | undefined;
  /**
   * How long a callback that failed for good is kept for inspection and retry, in seconds. Default 2 592 000 (30 days).
   * It applies to all failed jobs of the queue, also those of other applications. If applications set different values,
   * the shortest applies.
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

const OPTIONS: Readonly<Record<keyof BullCallbackInboxOptions, true>> = {
  connection: true,
  queueName: true,
  prefix: true,
  application: true,
  attempts: true,
  backoff: true,
  concurrency: true,
  retention: true,
  failedRetention: true,
  worker: true,
  stopTimeout: true,
};

/** The longest name of an application, in characters. */
const LONGEST_NAME = 100;

/** A lone surrogate, which a URL or job id cannot contain. */
const HALF_CHARACTER = /\p{Surrogate}/u;

const CHECKS: Readonly<Record<string, Check>> = {
  queueName: expect(
    (value) => typeof value === 'string' && value !== '' && !value.includes(':'),
    'a string that is not empty and has no ":"',
  ),
  prefix: expect((value) => typeof value === 'string' && value !== '', 'a string that is not empty'),
  worker: expect((value) => typeof value === 'boolean', 'true or false'),
  application: expect(
    (value) => typeof value === 'string' && value.length <= LONGEST_NAME && !HALF_CHARACTER.test(value),
    `a string of at most ${LONGEST_NAME} characters`,
  ),
};

const BACKOFF_TYPES: readonly unknown[] = ['fixed', 'exponential', LIMITED_BACKOFF];

/**
 * Checks every option but the connection.
 *
 * @throws {RangeError} if a number is out of its range
 * @throws {TypeError} if another option is unknown or cannot be used
 */
export function checkInboxOptions(options: BullCallbackInboxOptions): void {
  checkOptionNames('BullCallbackInbox', options, Object.keys(OPTIONS));
  const { attempts, backoff, concurrency, retention, failedRetention, stopTimeout } = options;
  checkNumbers('BullCallbackInbox', { attempts, concurrency, retention, failedRetention, stopTimeout });
  checkBackoff(backoff);
  checkValues('', options, CHECKS);
}

/** BullMQ itself would report an unknown back-off only after the first failed attempt. */
function checkBackoff(backoff: unknown): void {
  if (typeof backoff !== 'object' || backoff === null) {
    checkNumbers('BullCallbackInbox', { backoff });
    return;
  }
  const { type, delay, jitter } = backoff as Partial<Record<keyof BackoffOptions, unknown>>;
  checkNumbers('BullCallbackInbox', { 'backoff.delay': delay, 'backoff.jitter': jitter });
  if (BACKOFF_TYPES.includes(type)) return;
  throw new TypeError(`backoff.type is ${shownValue(type)}: it must be "fixed" or "exponential".`);
}
