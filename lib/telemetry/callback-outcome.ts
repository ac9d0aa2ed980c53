import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { type Violation } from '../callbacks/catalogue.js';
import { type DeliveryAttempt } from '../request/redelivery.js';
import { type StageDurations } from '../request/stage-clock.js';
import { type RejectionReason } from '../verification/callback-rejection.js';

/** What every outcome of a callback, or of something that an inbox took for one, has. */
export interface ReportedOutcome {
  /**
   * The kind of callback. Where kinds share its secret and the payload does not tell, the first of them. `unknown` where
   * the method takes several and none of their secrets was found to have signed it, or one of them could not be looked up,
   * and of something in an inbox that this version cannot read.
   */
  readonly kind: VideoCallbackKind | 'unknown';
  /** The handler, as `VideoController.onArchive`. */
  readonly route: string;
  /** The client's address, if it is known. */
  readonly address: string | undefined;
  /** How long it took so far, in ms. */
  readonly durations: StageDurations;
}

/** What every outcome of a callback has. */
export interface CallbackOutcome extends ReportedOutcome {
  readonly kind: VideoCallbackKind;
}

/** What identifies a callback whose token was found good. */
export interface GenuineCallback {
  /**
   * The callback's identity, as `@CallbackId()` injects it and an inbox keeps it: BullMQ's job id. Absent until its body
   * was read.
   */
  readonly id?: string | undefined;
  /** The `application_id` or `api_key` whose secret matched. */
  readonly projectId: string;
  /** The token's id. */
  readonly jti: string;
  /** Age of the token in seconds; that of a stored callback counts up to its delivery. */
  readonly age: number;
  /** Which secret of the project's list matched, from 0. */
  readonly secretPosition: number;
  /** The name of that secret, if it has one. */
  readonly secretName?: string;
  /** Which attempt at handling it this is, of how many. The same object in all outcomes of one request. */
  readonly attempt: DeliveryAttempt;
}

/** Whether the outcome is that of a request which was verified: what comes out of the inbox was when it arrived. */
export function wasVerified({ durations }: Pick<ReportedOutcome, 'durations'>): boolean {
  return durations.verification !== undefined;
}

/** What is known of a request that may be a genuine callback, as far as it got. */
export type PerhapsGenuine = { readonly [Name in keyof GenuineCallback]?: GenuineCallback[Name] | undefined };

/** An outcome of a callback whose token was found good. */
export interface GenuineCallbackOutcome extends CallbackOutcome, GenuineCallback {}

/** A genuine callback that the handler completed. */
export interface AcceptedOutcome extends GenuineCallbackOutcome {
  /** Optional fields whose value did not fit, so that the DTO does not have them; `RawCallback()` does. */
  readonly setAside: readonly Violation[];
}

/** A genuine callback that was stored, to be handled later. */
export type StoredOutcome = GenuineCallbackOutcome;

/** A copy of a callback that was handled, or stored, before: answered as if it had been handled now. */
export type DuplicateOutcome = GenuineCallbackOutcome;

/** A stored callback on its way to its method: `accepted`, `unusable` or `failed` follows. */
export type RedeliveredOutcome = GenuineCallbackOutcome;

/** A request that was refused as not genuine. What its token says is known only where the signature was good. */
export interface RejectedOutcome extends ReportedOutcome, Partial<Omit<GenuineCallback, 'projectId' | 'attempt'>> {
  /** Which check failed: a stable code, fit for a metric's label. */
  readonly reason: RejectionReason;
  /** The reason in words for the operator. */
  readonly explanation: string;
  /** The project that the token names, if it got that far; **unverified** unless there is a `secretPosition`. */
  readonly projectId: string | undefined;
}

/** A genuine callback whose body could not be used. It may be lost, unless it is kept. */
export interface UnusableOutcome extends GenuineCallbackOutcome {
  /** What the sender was answered: 400, 408, 413 or 415. */
  readonly status: number;
  /** What is wrong, by field; without values. The path is empty where it is the body as a whole. */
  readonly violations: readonly Violation[];
  /** The exact bytes; `undefined` where they never became complete. May hold an archive's password. */
  readonly rawBody: Buffer | undefined;
  /** Whether the inbox keeps it as failed, so that it can be retried. */
  readonly isKept: boolean;
}

/**
 * A genuine callback that the handler failed on, or that never got there. Of something in an inbox that this version
 * cannot read, here and in {@link DeadOutcome}, `kind`, `route`, `projectId` and `jti` are `unknown`.
 */
export interface FailedOutcome extends ReportedOutcome, GenuineCallback {
  /** What the method threw, whatever it is, or a fault of our own. Its message may hold what no log should. */
  readonly error: unknown;
  /** `retry`: the inbox delivers it again; `dead`: the inbox gives it up and keeps it; `lost`: it is not stored. */
  readonly next: 'retry' | 'dead' | 'lost';
}

/** A stored callback that is given up: it stays in the inbox's store until a person looks at it. */
export interface DeadOutcome extends ReportedOutcome, GenuineCallback {
  readonly id: string;
  /** Why the last attempt failed. */
  readonly error: unknown;
}

/** A request that could not be verified through a fault of our own: HTTP 503 or, for a fault of no known kind, 500. */
export interface UnverifiedOutcome extends ReportedOutcome {
  /** What was not there: the signature secrets, or something that this module does not know. */
  readonly dependency: 'secrets' | 'unknown';
  /** The fault; its `cause` is what a secret provider threw. */
  readonly error: unknown;
}

/** A genuine callback that the ledger or the inbox does not know of, since it is unavailable. */
export interface StorageOutcome extends GenuineCallbackOutcome {
  /** Which of them is unavailable. */
  readonly dependency: StorageDependency;
  /** What the ledger or the inbox threw, or that it took too long. */
  readonly error: unknown;
  /** What is done meanwhile: callbacks are handled at once, or answered 503. */
  readonly policy: 'handle' | 'reject';
}

/** Where callbacks are remembered. */
export type StorageDependency = 'ledger' | 'inbox';

/** Something that this module needs was unavailable. */
export type UnavailableOutcome = UnverifiedOutcome | StorageOutcome;

/** Whether it was the ledger or the inbox that was unavailable. */
export function isOfStorage(outcome: UnavailableOutcome): outcome is StorageOutcome {
  return outcome.dependency === 'ledger' || outcome.dependency === 'inbox';
}

/** The ledger or the inbox has answered again. */
export interface RecoveredOutcome {
  /** Which of them is available again. */
  readonly dependency: StorageDependency;
  /** How many callbacks it did not see while it was unavailable. */
  readonly missed: number;
}

/** Every outcome, by the name under which observers and diagnostics channels get it. */
export interface CallbackOutcomes {
  /** The method completed. The sender gets the method's status, `204` by default; an inbox has answered `204` before. */
  readonly accepted: AcceptedOutcome;
  /** The inbox has it, and the sender gets `204`. The process that delivers it, perhaps another, reports how that ended. */
  readonly stored: StoredOutcome;
  /** It was handled, or stored, before. The method does not run; the sender gets its status, `204` by default. */
  readonly duplicate: DuplicateOutcome;
  /** A stored callback has reached its method. Reported at each attempt, before it is known how it ends. */
  readonly redelivered: RedeliveredOutcome;
  /** It is not genuine. The sender gets `401`, whatever the reason; without a token `503` with `unsigned: 'retry'`. */
  readonly rejected: RejectedOutcome;
  /** It is genuine, but no method can use its body. The sender gets `status` without detail. */
  readonly unusable: UnusableOutcome;
  /**
   * The method threw, and the sender gets what Nest makes of that; or the callback never got there: `500` if its bytes
   * are missing, `503` if another copy of it was in progress for too long. Reported again for every further attempt.
   */
  readonly failed: FailedOutcome;
  /** A stored callback failed for good, and waits for a person. */
  readonly dead: DeadOutcome;
  /**
   * The secrets are unavailable, and the sender gets `503` (`500` if the fault is not one that this module knows); or the
   * ledger or the inbox is, and the callback is handled at once, or its sender gets `503`, as `policy` says.
   */
  readonly unavailable: UnavailableOutcome;
  /** The ledger or the inbox has answered again. */
  readonly recovered: RecoveredOutcome;
}

/** The name of an outcome. */
export type CallbackOutcomeName = keyof CallbackOutcomes;

/**
 * Is notified of every callback, with a method for each of {@link CallbackOutcomes}. All are optional. They are called
 * synchronously, in the middle of a request, and must not block: what they begin is not awaited. An observer that throws,
 * or whose promise rejects, is logged and changes nothing.
 */
export type CallbackObserver = {
  readonly [Name in CallbackOutcomeName]?: ((outcome: CallbackOutcomes[Name]) => void) | undefined;
};

/** The names of all outcomes. */
export const CALLBACK_OUTCOMES = [
  'accepted',
  'stored',
  'duplicate',
  'redelivered',
  'rejected',
  'unusable',
  'failed',
  'dead',
  'unavailable',
  'recovered',
] as const satisfies readonly CallbackOutcomeName[];

/** What the names of this module's diagnostics channels begin with; the outcome's name follows. */
export const CHANNEL_PREFIX = 'nestjs-vonage-video-callbacks:';
