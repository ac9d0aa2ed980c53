import {
  type AcceptedOutcome,
  type CallbackOutcomes,
  type DeadOutcome,
  type DuplicateOutcome,
  type FailedOutcome,
  type RecoveredOutcome,
  type RedeliveredOutcome,
  type RejectedOutcome,
  type StoredOutcome,
  type UnavailableOutcome,
  type UnusableOutcome,
} from './callback-outcome.js';

/**
 * Is notified of every callback. All methods are optional. They are called synchronously, in the middle of a request, and
 * must not block: what they begin is not awaited. An observer that throws, or whose promise rejects, is logged and
 * changes nothing.
 */
export interface CallbackObserver extends ObserverMethods {
  /** The method completed. The sender gets the method's status, `204` by default; an inbox has answered `204` before. */
  readonly accepted?: ((outcome: AcceptedOutcome) => void) | undefined;
  /** The inbox has it, and the sender gets `204`. The process that delivers it, perhaps another, reports how that ended. */
  readonly stored?: ((outcome: StoredOutcome) => void) | undefined;
  /** It was handled, or stored, before. The method does not run; the sender gets its status, `204` by default. */
  readonly duplicate?: ((outcome: DuplicateOutcome) => void) | undefined;
  /** A stored callback has come to its method. Called at each attempt, before it is known how it ends. */
  readonly redelivered?: ((outcome: RedeliveredOutcome) => void) | undefined;
  /** It is not genuine. The sender gets `401`, whatever the reason; without a token `503` with `unsigned: 'retry'`. */
  readonly rejected?: ((outcome: RejectedOutcome) => void) | undefined;
  /** It is genuine, but no method can use its body. The sender gets `status` without detail. */
  readonly unusable?: ((outcome: UnusableOutcome) => void) | undefined;
  /**
   * The method threw, and the sender gets what Nest makes of that; or the callback never got there: `500` if its bytes
   * could not be had, `503` if another copy of it was in progress for too long. Called again for every further attempt.
   */
  readonly failed?: ((outcome: FailedOutcome) => void) | undefined;
  /** A stored callback failed for good, and waits for a person. */
  readonly dead?: ((outcome: DeadOutcome) => void) | undefined;
  /**
   * The secrets could not be had, and the sender gets `503` (`500` if the fault is not one that this module knows); or
   * the ledger or the inbox is unavailable, and the callback is handled at once, or its sender gets `503`, as `policy` says.
   */
  readonly unavailable?: ((outcome: UnavailableOutcome) => void) | undefined;
  /** The ledger or the inbox has answered again. */
  readonly recovered?: ((outcome: RecoveredOutcome) => void) | undefined;
}

/** Holds the methods against the outcomes: none can be forgotten or have another type. */
export type ObserverMethods = {
  readonly [Name in keyof CallbackOutcomes]?: ((outcome: CallbackOutcomes[Name]) => void) | undefined;
};
