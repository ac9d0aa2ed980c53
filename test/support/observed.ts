import {
  type AcceptedOutcome,
  type CallbackObserver,
  type DuplicateOutcome,
  type StoredOutcome,
  type FailedOutcome,
  type RejectedOutcome,
  type UnavailableOutcome,
  type UnusableOutcome,
} from '../../lib/index.js';

/** An observer that keeps what it is told. */
export class Observed implements CallbackObserver {
  readonly outcomes: {
    accepted: AcceptedOutcome[];
    stored: StoredOutcome[];
    duplicate: DuplicateOutcome[];
    rejected: RejectedOutcome[];
    unusable: UnusableOutcome[];
    failed: FailedOutcome[];
    unavailable: UnavailableOutcome[];
  } = { accepted: [], stored: [], duplicate: [], rejected: [], unusable: [], failed: [], unavailable: [] };

  accepted(outcome: AcceptedOutcome): void {
    this.outcomes.accepted.push(outcome);
  }

  stored(outcome: StoredOutcome): void {
    this.outcomes.stored.push(outcome);
  }

  duplicate(outcome: DuplicateOutcome): void {
    this.outcomes.duplicate.push(outcome);
  }

  rejected(outcome: RejectedOutcome): void {
    this.outcomes.rejected.push(outcome);
  }

  unusable(outcome: UnusableOutcome): void {
    this.outcomes.unusable.push(outcome);
  }

  failed(outcome: FailedOutcome): void {
    this.outcomes.failed.push(outcome);
  }

  unavailable(outcome: UnavailableOutcome): void {
    this.outcomes.unavailable.push(outcome);
  }

  /** The reason of the latest refusal. */
  get lastReason(): string | undefined {
    return this.outcomes.rejected.at(-1)?.reason;
  }
}
