import { type RejectionReason } from '../verification/callback-rejection.js';
import { CALLBACK_OUTCOMES, type CallbackOutcomeName } from './callback-outcome.js';

/** How many callbacks ended in which way since the application started; as many members as there are names. */
export class OutcomeCounts {
  /** By outcome. */
  readonly byOutcome = zeros(CALLBACK_OUTCOMES);
  /** Refusals by reason; a reason that did not occur is absent. */
  readonly byReason: Partial<Record<RejectionReason, number>> = {};

  /** Counts an outcome. */
  add(name: CallbackOutcomeName): void {
    this.byOutcome[name] += 1;
  }

  /** Counts the reason of a refusal. */
  addReason(reason: RejectionReason): void {
    this.byReason[reason] = (this.byReason[reason] ?? 0) + 1;
  }
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
