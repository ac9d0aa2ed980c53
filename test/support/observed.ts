import {
  type AcceptedOutcome,
  type CallbackObserver,
  type DuplicateOutcome,
  type StoredOutcome,
  type FailedOutcome,
  type DeadOutcome,
  type RecoveredOutcome,
  type RedeliveredOutcome,
  type RejectedOutcome,
  type UnavailableOutcome,
  type UnusableOutcome,
} from '../../lib/index.js';

/** An observer that keeps every outcome. */
export class Observed implements CallbackObserver {
  readonly outcomes: {
    accepted: AcceptedOutcome[];
    stored: StoredOutcome[];
    duplicate: DuplicateOutcome[];
    rejected: RejectedOutcome[];
    unusable: UnusableOutcome[];
    failed: FailedOutcome[];
    unavailable: UnavailableOutcome[];
    redelivered: RedeliveredOutcome[];
    dead: DeadOutcome[];
    recovered: RecoveredOutcome[];
  } = {
    accepted: [],
    stored: [],
    duplicate: [],
    rejected: [],
    unusable: [],
    failed: [],
    unavailable: [],
    redelivered: [],
    dead: [],
    recovered: [],
  };

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

  redelivered(outcome: RedeliveredOutcome): void {
    this.outcomes.redelivered.push(outcome);
  }

  dead(outcome: DeadOutcome): void {
    this.outcomes.dead.push(outcome);
  }

  recovered(outcome: RecoveredOutcome): void {
    this.outcomes.recovered.push(outcome);
  }

  /** The reason of the latest refusal. */
  get lastReason(): string | undefined {
    return this.outcomes.rejected.at(-1)?.reason;
  }
}
