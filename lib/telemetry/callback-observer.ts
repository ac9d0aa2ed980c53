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
 * Told about every callback. All methods are optional. They are called synchronously, in the middle of a request, and
 * must not block: nobody waits for what they begin. An observer that throws, or whose promise rejects, is logged and
 * changes nothing.
 */
export interface CallbackObserver extends ObserverMethods {
  /** The method completed. The sender gets the method's status, `204` by default; an inbox has answered `204` before. */
  accepted?(outcome: AcceptedOutcome): void;
  /** The inbox has it, and the sender gets `204`. Whoever delivers it, perhaps another process, tells how that ended. */
  stored?(outcome: StoredOutcome): void;
  /** It was handled, or stored, before. The method does not run; the sender gets its status, `204` by default. */
  duplicate?(outcome: DuplicateOutcome): void;
  /** A stored callback has come to its method. Told at each attempt, before it is known how it ends. */
  redelivered?(outcome: RedeliveredOutcome): void;
  /** It is not genuine. The sender gets `401`, whatever the reason. */
  rejected?(outcome: RejectedOutcome): void;
  /** It is genuine, but no method can use its body. The sender gets `status` without detail. */
  unusable?(outcome: UnusableOutcome): void;
  /**
   * The method threw, and the sender gets what Nest makes of that; or the callback never got there: `500` if its bytes
   * could not be had, `503` if another copy of it was in progress for too long. Told again for every further attempt.
   */
  failed?(outcome: FailedOutcome): void;
  /** A stored callback failed for good, and waits for a person. */
  dead?(outcome: DeadOutcome): void;
  /**
   * The secrets could not be had, and the sender gets `503` (`500` if the fault is not one that this module knows); or
   * the ledger or the inbox is unavailable, and the callback is handled at once, or its sender gets `503`, as `policy` says.
   */
  unavailable?(outcome: UnavailableOutcome): void;
  /** The ledger or the inbox has answered again. */
  recovered?(outcome: RecoveredOutcome): void;
}

/** Holds the methods against the outcomes: none can be forgotten or have another type. */
export type ObserverMethods = { [Name in keyof CallbackOutcomes]?: (outcome: CallbackOutcomes[Name]) => void };
