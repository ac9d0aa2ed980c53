import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { type Violation } from '../callbacks/catalogue.js';
import { type RejectionReason } from '../verification/rejection-reason.js';

/** What every outcome tells. */
export interface CallbackOutcome {
  /** The kind that the method takes. */
  readonly kind: VideoCallbackKind;
  /** The handler, as `VideoController.onArchive`. */
  readonly route: string;
  /** The client's address, if it is known. */
  readonly address: string | undefined;
}

/** An outcome of a callback whose token was found good. */
export interface GenuineCallbackOutcome extends CallbackOutcome {
  /** The `application_id` or `api_key` whose secret matched. */
  readonly projectId: string;
  /** The token's id. */
  readonly jti: string;
  /** Age of the token in seconds when it was received. */
  readonly age: number;
  /** Which secret of the project's list matched, from 0. */
  readonly secretPosition: number;
}

/** A genuine callback that the handler completed. */
export interface AcceptedOutcome extends GenuineCallbackOutcome {
  /** Optional fields whose value did not fit, so that the DTO does not have them; `RawCallback()` does. */
  readonly setAside: readonly Violation[];
}

/** A request that was refused as not genuine: HTTP 401. */
export interface RejectedOutcome extends CallbackOutcome {
  /** Which check failed: a stable code, fit for a metric's label. */
  readonly reason: RejectionReason;
  /** The reason in words for the operator. */
  readonly explanation: string;
  /** The project that the token names, if it got that far; **unverified**. */
  readonly projectId: string | undefined;
}

/** A genuine callback that could not be used: HTTP 400, 408, 413 or 415. It may be lost for good. */
export interface UnusableOutcome extends GenuineCallbackOutcome {
  /** What the sender was answered. */
  readonly status: number;
  /** What is wrong, by field; without values. The path is empty where it is the body as a whole. */
  readonly violations: readonly Violation[];
  /**
   * The exact bytes, so that nothing is lost silently; `undefined` where they never became complete. May hold an
   * archive's password.
   */
  readonly rawBody: Buffer | undefined;
}

/** A genuine callback that the handler failed on, or whose body could not be had: HTTP 5xx or what the handler threw. */
export interface FailedOutcome extends GenuineCallbackOutcome {
  /** What the method threw, whatever it is, or a fault of our own. Its message may hold what no log should. */
  readonly error: unknown;
}

/** A genuine callback that was stored, to be handled later. */
export type StoredOutcome = GenuineCallbackOutcome;

/** A copy of a callback that was handled, or stored, before: answered as if it had been handled now. */
export type DuplicateOutcome = GenuineCallbackOutcome;

/** The ledger or the inbox is away; told once, at the first callback that meets it. */
export interface StorageOutcome extends GenuineCallbackOutcome {
  /** What the ledger or the inbox threw, or that it took too long. */
  readonly error: unknown;
  /** What is done meanwhile: callbacks are handled at once, or answered 503. */
  readonly policy: 'handle' | 'reject';
}

/** A request that could not be verified through a fault of our own, such as a secret that is missing: HTTP 503 or 500. */
export interface UnavailableOutcome extends CallbackOutcome {
  /** The fault; its `cause` tells what a secret provider threw. */
  readonly error: unknown;
}

/**
 * Told about every callback. All methods are optional. They are called synchronously, in the middle of a request, and
 * must not block: nobody waits for what they begin. An observer that throws, or whose promise rejects, is logged and
 * changes nothing.
 */
export interface CallbackObserver {
  /** The method completed. The sender gets the method's status, `204` by default; an inbox has answered `204` before. */
  accepted?(outcome: AcceptedOutcome): void;
  /** The inbox has it, and the sender gets `204`. Whoever delivers it, perhaps another process, tells how that ended. */
  stored?(outcome: StoredOutcome): void;
  /** It was handled, or stored, before. The method does not run; the sender gets its status, `204` by default. */
  duplicate?(outcome: DuplicateOutcome): void;
  /** It is not genuine. The sender gets `401`, whatever the reason. */
  rejected?(outcome: RejectedOutcome): void;
  /** It is genuine, but no method can use its body. The sender gets `status` without detail. */
  unusable?(outcome: UnusableOutcome): void;
  /**
   * The method threw, and the sender gets what Nest makes of that; or the callback never got there: `500` if its bytes
   * could not be had, `503` if another copy of it was in progress for too long. Told again for every further attempt.
   */
  failed?(outcome: FailedOutcome): void;
  /** It could not be verified. The sender gets `503`, or `500` if the fault is not one that this module knows. */
  unavailable?(outcome: UnavailableOutcome): void;
  /**
   * The ledger or the inbox is away: told once, not for every callback. The callback is handled at once, or its sender
   * gets `503`, as `policy` says.
   */
  storageUnavailable?(outcome: StorageOutcome): void;
  /**
   * The ledger or the inbox has answered again.
   *
   * @param missed how many callbacks it did not see while it was away
   */
  storageRecovered?(missed: number): void;
}
