import { type CallbackOutcome, type StorageOutcome, type UnavailableOutcome } from '../telemetry/callback-outcome.js';

/** What tells how long something took. */
export type Measured = Pick<CallbackOutcome, 'durations'>;

/** Whether the outcome is that of a request which was verified: what comes out of the inbox was when it arrived. */
export function wasVerified({ durations }: Measured): boolean {
  return durations.verification !== undefined;
}

/** Whether a store was away, which is not how a callback ends: another outcome follows or came before. */
export function isOfStorage(outcome: UnavailableOutcome): outcome is StorageOutcome {
  return outcome.dependency === 'ledger' || outcome.dependency === 'inbox';
}
