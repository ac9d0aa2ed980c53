import { type CallbackOutcome } from '../telemetry/callback-outcome.js';

/** What says how long something took. */
export type Measured = Pick<CallbackOutcome, 'durations'>;

/** Whether the outcome is that of a request which was verified: what comes out of the inbox was when it arrived. */
export function wasVerified({ durations }: Measured): boolean {
  return durations.verification !== undefined;
}
