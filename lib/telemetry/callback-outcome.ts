import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { type Violation } from '../callbacks/catalogue.js';
import { type DeliveryAttempt } from '../request/redelivery.js';
import { type StageDurations } from '../request/stage-clock.js';
import { type RejectionReason } from '../verification/callback-rejection.js';

/** Members of every outcome of a callback, or of an inbox entry that cannot be read. */
export interface ReportedOutcome {
  /**
   * The kind of callback. If kinds share its secret and the payload does not tell the kind, the first of them.
   * `unknown` if the method takes several kinds and no secret matched or one could not be looked up, and for an inbox
   * entry that this version cannot read.
   */
  readonly kind: VideoCallbackKind | 'unknown';
  /** The handler, such as `VideoController.onArchive`. */
  readonly route: string;
  /** The client's address, if it is known. */
  readonly address: string | undefined;
  /** The time it has taken so far, in ms. */
  readonly durations: StageDurations;
}

/** Members of every outcome of a callback. */
export interface CallbackOutcome extends ReportedOutcome {
  readonly kind: VideoCallbackKind;
}

/** Identifies a callback with a good token. */
export interface GenuineCallback {
  /** The callback's identity, as `@CallbackId()` injects it and an inbox stores it. Absent until the body is read. */
  readonly id?: string | undefined;
  /** The `application_id` or `api_key` whose secret matched. */
  readonly projectId: string;
  /** The token's id. */
  readonly jti: string;
  /** Age of the token in seconds; for a stored callback, the age at its delivery. */
  readonly age: number;
  /** Which secret of the project's list matched, from 0. */
  readonly secretPosition: number;
  /** The name of that secret, if it has one. */
  readonly secretName?: string;
  /** Which attempt at handling it this is, and of how many. The same object in all outcomes of one request. */
  readonly attempt: DeliveryAttempt;
}

/** Whether the outcome belongs to a verified request. Stored callbacks were verified when they arrived. */
export function wasVerified({ durations }: Pick<ReportedOutcome, 'durations'>): boolean {
  return durations.verification !== undefined;
}

/** What is known about a request that may be a genuine callback. */
export type PerhapsGenuine = { readonly [Name in keyof GenuineCallback]?: GenuineCallback[Name] | undefined };

/** An outcome of a callback with a good token. */
export interface GenuineCallbackOutcome extends CallbackOutcome, GenuineCallback {}

/** A genuine callback whose handler completed. */
export interface AcceptedOutcome extends GenuineCallbackOutcome {
  /** Optional fields that are missing from the DTO because their value did not fit. `RawCallback()` has them. */
  readonly setAside: readonly Violation[];
}

/** A genuine callback that was stored and will be handled later. */
export type StoredOutcome = GenuineCallbackOutcome;

/** A copy of a callback that was handled, or stored, before: answered as if it had been handled now. */
export type DuplicateOutcome = GenuineCallbackOutcome;

/** A stored callback on its way to its method: `accepted`, `unusable` or `failed` follows. */
export type RedeliveredOutcome = GenuineCallbackOutcome;

/** A request that was refused as not genuine. The members from its token are set only if the signature was good. */
export interface RejectedOutcome extends ReportedOutcome, Partial<Omit<GenuineCallback, 'projectId' | 'attempt'>> {
  /** Which check failed: a stable code, usable as a metric label. */
  readonly reason: RejectionReason;
  /** The reason in words for the operator. */
  readonly explanation: string;
  /**
   * The project that the token names, if the token could be read. **Unverified** unless there is a `secretPosition`.
   */
  readonly projectId: string | undefined;
}

/** A genuine callback whose body could not be used. Unless it is kept, it may be lost. */
export interface UnusableOutcome extends GenuineCallbackOutcome {
  /** The HTTP status of the answer: 400, 408, 413 or 415. */
  readonly status: number;
  /** What is wrong, by field, without values. The path is empty for the body as a whole. */
  readonly violations: readonly Violation[];
  /** The exact bytes; `undefined` if they are incomplete. May contain an archive's password. */
  readonly rawBody: Buffer | undefined;
  /** Whether the inbox keeps it as failed, so that you can retry it. */
  readonly isKept: boolean;
}

/**
 * A genuine callback whose handler failed or was not reached. If this version cannot read an inbox entry, `kind`,
 * `route`, `projectId` and `jti` are `unknown`, here and in {@link DeadOutcome}.
 */
export interface FailedOutcome extends ReportedOutcome, GenuineCallback {
  /** What the method threw, or an error of this module. Its message may contain data that must not be logged. */
  readonly error: unknown;
  /** `retry`: the inbox will deliver it again; `dead`: the inbox gives it up and keeps it; `lost`: it is not stored. */
  readonly next: 'retry' | 'dead' | 'lost';
}

/** A stored callback that is given up. It stays in the inbox's store until you retry it or its retention ends. */
export interface DeadOutcome extends ReportedOutcome, GenuineCallback {
  readonly id: string;
  /** Why the last attempt failed. */
  readonly error: unknown;
}

/**
 * A request that could not be verified because of an error on our side: answered 503, or 500 if the cause is unknown.
 */
export interface UnverifiedOutcome extends ReportedOutcome {
  /** What was unavailable: the signature secrets, or something unknown to this module. */
  readonly dependency: 'secrets' | 'unknown';
  /** The error. Its `cause` is what a secret provider threw. */
  readonly error: unknown;
}

/** A genuine callback that the ledger or the inbox missed because it is unavailable. */
export interface StorageOutcome extends GenuineCallbackOutcome {
  /** Which of them is unavailable. */
  readonly dependency: StorageDependency;
  /** What the ledger or the inbox threw, or a time-out error. */
  readonly error: unknown;
  /** What happens in the meantime: callbacks are handled at once, or answered 503. */
  readonly policy: 'handle' | 'reject';
}

/** Where callbacks are remembered. */
export type StorageDependency = 'ledger' | 'inbox';

/** A dependency of this module was unavailable. */
export type UnavailableOutcome = UnverifiedOutcome | StorageOutcome;

/** Whether it was the ledger or the inbox that was unavailable. */
export function isOfStorage(outcome: UnavailableOutcome): outcome is StorageOutcome {
  return outcome.dependency === 'ledger' || outcome.dependency === 'inbox';
}

/** The ledger or the inbox is available again. */
export interface RecoveredOutcome {
  /** Which of them is available again. */
  readonly dependency: StorageDependency;
  /** How many callbacks it missed while it was unavailable. */
  readonly missed: number;
}

/** All outcomes, by the name of their observer method and diagnostics channel. */
export interface CallbackOutcomes {
  /**
   * The method completed. The sender gets the method's status, `204` by default. With an inbox it got `204` earlier.
   */
  readonly accepted: AcceptedOutcome;
  /**
   * The inbox has stored it, and the sender gets `204`. The process that delivers it, perhaps another one, reports the
   * result.
   */
  readonly stored: StoredOutcome;
  /** It was handled or stored before. The method does not run. The sender gets its status, `204` by default. */
  readonly duplicate: DuplicateOutcome;
  /** A stored callback has reached its method. Reported at each attempt, before its result is known. */
  readonly redelivered: RedeliveredOutcome;
  /**
   * It is not genuine. The sender gets `401` for every reason, or `503` if there is no token and `unsigned` is `retry`.
   */
  readonly rejected: RejectedOutcome;
  /** It is genuine, but its body cannot be used. The sender gets `status` without details. */
  readonly unusable: UnusableOutcome;
  /**
   * The method threw, and the sender gets the answer that Nest makes from the error. Or the callback did not reach the
   * method: `500` if its bytes are missing, `503` if another copy of it was in progress for too long. Reported for
   * every attempt.
   */
  readonly failed: FailedOutcome;
  /** A stored callback failed for good. Fix the cause and retry it. */
  readonly dead: DeadOutcome;
  /**
   * The secrets are unavailable, and the sender gets `503` (`500` if the cause is unknown). Or the ledger or the inbox
   * is unavailable, and the callback is handled at once or answered `503`, as `policy` says.
   */
  readonly unavailable: UnavailableOutcome;
  /** The ledger or the inbox is available again. */
  readonly recovered: RecoveredOutcome;
}

/** The name of an outcome. */
export type CallbackOutcomeName = keyof CallbackOutcomes;

/**
 * Is notified of every callback. It can have a method for each of {@link CallbackOutcomes}. The methods are called
 * synchronously during the request and must not block. Their promises are not awaited. If a method throws or its
 * promise rejects, that is logged and has no other effect.
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

/** Prefix of this module's diagnostics channels. The name of the outcome follows. */
export const CHANNEL_PREFIX = 'nestjs-vonage-video-callbacks:';
