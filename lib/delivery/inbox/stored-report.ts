import { type DeliveryAttempt } from '../../request/redelivery.js';
import { StageClock } from '../../request/stage-clock.js';
import { genuineCallback } from '../../telemetry/callback-report.js';
import { type CallbackTelemetry } from '../../telemetry/callback-telemetry.js';
import { isJsonObject } from '../../callbacks/json-object.js';
import { type InboxAttempt } from './callback-inbox.js';
import { type DeliveryFailedError, readStoredCallback, type StoredCallback } from './stored-callback.js';

const UNKNOWN = 'unknown';

/**
 * Reports that an attempt at a stored callback failed, where the request that delivers it did not.
 *
 * @param stored what the inbox stored, readable or not
 */
export function reportFailed(
  stored: unknown,
  attempt: InboxAttempt,
  failure: DeliveryFailedError,
  telemetry: CallbackTelemetry,
): void {
  const isLast = failure.next === 'give-up' || attempt.attempt >= attempt.of;
  telemetry.report('failed', () => ({
    ...factsOf(stored, attempt),
    error: failure,
    next: isLast ? 'dead' : 'retry',
  }));
}

/**
 * Reports that a stored callback is given up.
 *
 * @param stored what the inbox stored, readable or not
 */
export function reportDead(stored: unknown, attempt: InboxAttempt, error: Error, telemetry: CallbackTelemetry): void {
  const id = isJsonObject(stored) && typeof stored['id'] === 'string' ? stored['id'] : UNKNOWN;
  telemetry.report('dead', () => ({ ...factsOf(stored, attempt), id, error }));
}

/** Which attempt at a stored callback this is, for its method and the operator. */
export function attemptAt({ receivedAt }: Pick<StoredCallback, 'receivedAt'>, { attempt, of }: InboxAttempt) {
  return { attempt, of, firstReceivedAt: new Date(receivedAt) } satisfies DeliveryAttempt;
}

/** The common members of all outcomes of a stored callback. If it cannot be read, none of its content is shown. */
function factsOf(value: unknown, attempt: InboxAttempt) {
  const durations = new StageClock().durations();
  const stored = readable(value);
  if (stored === undefined) {
    const nobody = { kind: UNKNOWN, route: UNKNOWN, address: undefined, projectId: UNKNOWN, jti: UNKNOWN } as const;
    return { ...nobody, age: 0, secretPosition: 0, attempt: attemptAt({ receivedAt: Date.now() }, attempt), durations };
  }
  const { id, token, route, address } = stored;
  return { id, route, address, ...genuineCallback(token), attempt: attemptAt(stored, attempt), durations };
}

function readable(value: unknown): StoredCallback | undefined {
  try {
    return readStoredCallback(value);
  } catch {
    return undefined;
  }
}
