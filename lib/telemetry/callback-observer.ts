import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { type Violation } from '../callbacks/catalogue.js';
import { type RejectionReason } from '../verification/rejection-reason.js';

/** What every outcome tells. */
export interface CallbackOutcome {
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
  readonly reason: RejectionReason;
  /** The reason in words for the operator. */
  readonly explanation: string;
  /** The project that the token names, if it got that far; **unverified**. */
  readonly projectId: string | undefined;
}

/** A genuine callback that could not be used: HTTP 400, 408, 413 or 415. It may be lost for good. */
export interface UnusableOutcome extends GenuineCallbackOutcome {
  readonly status: number;
  readonly violations: readonly Violation[];
  /**
   * The exact bytes, so that nothing is lost silently; `undefined` where they never became complete. May hold an
   * archive's password.
   */
  readonly rawBody: Buffer | undefined;
}

/** A genuine callback that the handler failed on, or whose body could not be had: HTTP 5xx or what the handler threw. */
export interface FailedOutcome extends GenuineCallbackOutcome {
  readonly error: unknown;
}

/** A request that could not be verified through a fault of our own, such as a secret that is missing: HTTP 503. */
export interface UnavailableOutcome extends CallbackOutcome {
  readonly error: unknown;
}

/**
 * Told about every callback. All methods are optional; they are called synchronously and nobody waits for them. An
 * observer that throws is logged and changes nothing.
 */
export interface CallbackObserver {
  accepted?(outcome: AcceptedOutcome): void;
  rejected?(outcome: RejectedOutcome): void;
  unusable?(outcome: UnusableOutcome): void;
  failed?(outcome: FailedOutcome): void;
  unavailable?(outcome: UnavailableOutcome): void;
}
