import { type RejectionReason, type VideoCallbackKind } from 'nestjs-vonage-video-callbacks';

/** The number of callbacks by outcome, since the application started. */
export interface OutcomeCounts {
  handled: number;
  duplicate: number;
  refused: number;
  unusable: number;
  /** A method threw, or a callback could not be verified because of an error of the application. */
  failed: number;
}

/** A reason for which callbacks were refused. */
export interface RefusedReason {
  readonly key: RejectionReason;
  /** What was wrong with the latest of them, in words. */
  readonly explanation: string;
  readonly count: number;
  /** When the latest was refused. */
  readonly at: number;
}

/** A request that was refused. */
export interface Refusal {
  readonly key: string;
  readonly at: number;
  readonly reason: RejectionReason;
  readonly kind: VideoCallbackKind;
  readonly address: string;
  /** Whose callback it claims to be; unverified, untrusted input. */
  readonly project: string;
}

/** A callback that may be lost, although nothing was wrong with its sender. */
export interface Fault {
  readonly key: string;
  readonly at: number;
  readonly outcome: 'unusable' | 'failed';
  readonly kind: VideoCallbackKind;
  readonly route: string;
  readonly why: string;
}

/** The outcomes, as the page gets them. */
export interface OutcomeView {
  readonly counts: Readonly<OutcomeCounts>;
  readonly reasons: readonly RefusedReason[];
  readonly refusals: readonly Refusal[];
  readonly faults: readonly Fault[];
}
