import { CallbackReport, genuineCallback } from '../telemetry/callback-report.js';
import { type CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { StageClock } from '../request/stage-clock.js';
import { type DeliveryAttempt } from '../request/delivery-attempt.js';
import { type InboxAttempt } from './callback-inbox.js';
import { type StoredCallback } from './stored-callback.js';

/** The report on a stored callback where no request carries it. */
export function reportOnStored(
  stored: StoredCallback,
  attempt: InboxAttempt,
  telemetry: CallbackTelemetry,
): CallbackReport {
  const { token, route, address } = stored;
  const findFacts = () => ({ route, address, ...genuineCallback(token), attempt: attemptAt(stored, attempt) });
  return new CallbackReport(telemetry, findFacts, new StageClock(), token.secretPosition);
}

/** Which attempt at a stored callback this is, as its method and the operator see it. */
export function attemptAt({ receivedAt }: StoredCallback, { attempt, of }: InboxAttempt): DeliveryAttempt {
  return { attempt, of, firstReceivedAt: new Date(receivedAt) };
}
