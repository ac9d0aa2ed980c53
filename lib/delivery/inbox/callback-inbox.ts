import { type InboxCounts } from '../../telemetry/inbox-counts.js';
import { type Awaitable } from '../../verification/signature-key.js';
import { type StoredCallback } from './stored-callback.js';

/** The result of {@link CallbackInbox.put}. */
export type PutResult = 'stored' | 'known';

/** Which attempt at a stored callback this is, of how many; both counted from 1. */
export interface InboxAttempt {
  /** The number of this attempt. */
  readonly attempt: number;
  /** After how many attempts the callback is given up. */
  readonly of: number;
}

/**
 * Delivers a stored callback to its method. Pass what the store returned unchanged: its shape is checked here.
 *
 * @throws {DeliveryFailedError} if the method did not complete; its `next` says what to do with the callback
 */
export type DeliverStored = (callback: StoredCallback, attempt: InboxAttempt) => Promise<void>;

/** Reports a callback that failed for good. It is not delivered again until somebody retries it. */
export type ReportDead = (callback: StoredCallback, attempt: InboxAttempt, error: Error) => void;

/**
 * Stores verified callbacks, so that they can be answered at once, and delivers them later, with retries. The abstract
 * class is also the injection token. An implementation must pass the cases of `callbackInboxContract()`.
 *
 * Its methods may throw or hang while the store is unavailable. The module limits each call to `storageTimeout`, stores
 * nothing more until `counts` answers, and handles callbacks in the request, or answers 503 with `unavailable:
 * 'reject'`.
 */
export abstract class CallbackInbox {
  /** How callbacks are stored, for the log, such as "stored in BullMQ". */
  abstract readonly scope: string;

  /** How long a handled callback is remembered, in seconds. At least as long as a token is valid. */
  abstract readonly retention: number;

  /**
   * Stores a callback. When it resolves the callback is safe. `known`: one with the same id is stored, or was handled
   * within `retention`, and nothing was done.
   */
  abstract put(callback: StoredCallback): Awaitable<PutResult>;

  /**
   * Starts delivering. Called after all bootstrap hooks of the application, and only in a process with an HTTP server:
   * not in an application context or a microservice. Does nothing in a process that only accepts callbacks. The
   * application does not wait for it. If it throws, that is logged, and this process does not deliver until it is
   * restarted.
   *
   * @param reportDead call it once for each callback that this process gives up
   */
  abstract start(deliver: DeliverStored, reportDead: ReportDead): Awaitable<void>;

  /** How many callbacks are stored. The numbers may be approximate. */
  abstract counts(): Awaitable<InboxCounts>;

  /**
   * Stops new deliveries and waits, for a limited time, for the running ones. Callbacks can still be stored. Also
   * called if `start` was not called, or has not returned within `storageTimeout`.
   */
  abstract stop(): Awaitable<void>;

  /** Closes the connection to the store, in a limited time. Called after `stop`. */
  abstract close(): Awaitable<void>;

  /**
   * Problems with the store's own settings, one sentence each. Start-up logs them as warnings. Called once, limited by
   * `storageTimeout`; start-up neither waits for it nor fails with it. Default: none.
   */
  warnings?(): Awaitable<readonly string[]>;
}
