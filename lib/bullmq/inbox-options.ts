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
   * Where Redis is: options of ioredis, `{ url }`, or a client of ioredis that the application has. A client is
   * duplicated and stays as it is. Time limits and retries of commands are the inbox's own: what a callback may take is
   * `storageTimeout` of the module.
   */
  readonly connection: ConnectionOptions;
  /** The name of BullMQ's queue, without `:`. Default `video-callbacks`. */
  readonly queueName?: string | undefined;
  /** What the queue's keys in Redis begin with. Default `bull`, as BullMQ has it. */
  readonly prefix?: string | undefined;
  /**
   * Names this application among all that share the queue; each handles its own callbacks only. At most 100 characters,
   * default `''`. It is part of their jobs' ids. Callbacks that are stored already keep the name they were stored with.
   */
  readonly application?: string | undefined;
  /** After how many attempts a callback is kept as failed. Default 40: with the default back-off about 8 hours. */
  readonly attempts?: number | undefined;
  /**
   * Pauses between attempts, as BullMQ takes them (in ms, of the type `fixed` or `exponential`). Default: 1 s, doubling
   * to 15 min, each shortened at random by up to half.
   */
  readonly backoff?: number | BackoffOptions | undefined;
  /** How many callbacks this process handles at once, a whole number. Default 10. */
  readonly concurrency?: number | undefined;
  /** How long a handled callback is known, in seconds, at most 3 153 600 000 (100 years). Default 93 600 (26 h). */
  readonly retention?: number | undefined;
  /**
   * At most how long a callback that failed for good is kept for inspection and retry, in seconds. Default 2 592 000 (30
   * days). It holds for all failed jobs of the queue, also those of other applications: of several values the shortest
   * wins.
   */
  readonly failedRetention?: number | undefined;
  /** Whether this process handles callbacks, or accepts them only. Default `true`. */
  readonly worker?: boolean | undefined;
  /** How long `stop` waits for callbacks that are being handled, in seconds; others take them over then. Default 20. */
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

/** Half of a character of two, which no URL or job id can hold. */
const HALF_CHARACTER = /\p{Surrogate}/u;

const CHECKS: Readonly<Record<string, Check>> = {
  queueName: expect(
    (value) => typeof value === 'string' && value !== '' && !value.includes(':'),
    'a text that is not empty and has no ":"',
  ),
  prefix: expect((value) => typeof value === 'string' && value !== '', 'a text that is not empty'),
  worker: expect((value) => typeof value === 'boolean', 'true or false'),
  application: expect(
    (value) => typeof value === 'string' && value.length <= LONGEST_NAME && !HALF_CHARACTER.test(value),
    `a text of at most ${LONGEST_NAME} characters`,
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

/** BullMQ would find a back-off that it does not know when the first attempt has failed. */
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
