import { type InboxCounts } from '../../telemetry/inbox-counts.js';
import { type Awaitable } from '../../verification/signature-key.js';
import { type StoredCallback } from './stored-callback.js';

/** What {@link CallbackInbox.put} found. */
export type PutResult = 'stored' | 'known';

/** Which attempt at a stored callback this is, of how many; both counted from 1. */
export interface InboxAttempt {
  /** The number of this attempt. */
  readonly attempt: number;
  /** After how many attempts the callback is given up. */
  readonly of: number;
}

/**
 * Delivers a stored callback to its method. Hand over what the store returned, as it is: whatever has another shape is
 * refused here.
 *
 * @throws {DeliveryFailedError} if the method did not complete; its `next` says what to do with the callback
 */
export type DeliverStored = (callback: StoredCallback, attempt: InboxAttempt) => Promise<void>;

/** Reports a callback that failed for good: it is not delivered again until a person retries it. */
export type ReportDead = (callback: StoredCallback, attempt: InboxAttempt, error: Error) => void;

/**
 * Stores verified callbacks, so that they can be answered at once, and delivers them later, as often as need be. The
 * abstract class is also the injection token. An implementation passes the cases of `callbackInboxContract()`.
 *
 * It may throw or hang while its store is unavailable: the module bounds it by `storageTimeout`, puts nothing more until
 * `counts` was answered, and handles callbacks in the request, or answers 503 with `unavailable: 'reject'`.
 */
export abstract class CallbackInbox {
  /** How callbacks are stored, for the log: as "stored in BullMQ". */
  abstract readonly scope: string;

  /** For how long a callback that was handled is known, in seconds. At least as long as a token is valid. */
  abstract readonly retention: number;

  /**
   * Stores a callback. When it resolves the callback is safe. `known`: one with the same id is stored, or was handled
   * within `retention`, and nothing was done.
   */
  abstract put(callback: StoredCallback): Awaitable<PutResult>;

  /**
   * Begins to deliver. Called once every bootstrap hook of the application is done, and only in a process with an HTTP
   * server: not in an application context or a microservice. Does nothing in a process that only accepts. The
   * application does not wait for it; if it throws, that is logged, and this process does not deliver until it is
   * restarted.
   *
   * @param reportDead to be called once for each callback that this process gives up
   */
  abstract start(deliver: DeliverStored, reportDead: ReportDead): Awaitable<void>;

  /** How many callbacks are stored. Need not be exact while it is being asked. */
  abstract counts(): Awaitable<InboxCounts>;

  /**
   * Delivers nothing new and waits, within a bound, for what is being delivered. Callbacks can still be put. Called also
   * where `start` was not, and where it has not come back within `storageTimeout`.
   */
  abstract stop(): Awaitable<void>;

  /** Lets go of the store, within a bound; comes after `stop`. */
  abstract close(): Awaitable<void>;

  /**
   * What is wrong with the store's own settings, a sentence each: start-up logs them as warnings. Asked once, bounded by
   * `storageTimeout`; start-up neither waits for the answer nor fails with it. Default: none.
   */
  warnings?(): Awaitable<readonly string[]>;
}
