import { harmless } from '../../verification/quoted-text.js';
import { DeliveryFailedError } from './stored-callback.js';

/** How much of a failure is kept in the store, in characters. */
const LONGEST_REASON = 500;

/** Converts what an attempt threw, or an error that was created from a failure, into the failure of a delivery. */
export function failureOf(error: unknown): DeliveryFailedError {
  if (error instanceof DeliveryFailedError) return error;
  if (error instanceof Error && error.cause instanceof DeliveryFailedError) return error.cause;
  return new DeliveryFailedError('the delivery failed', 'retry', { cause: error });
}

/** A failure as the store keeps it beside the payload: with the message of the error that the method threw. */
export function reasonOf(failure: DeliveryFailedError): string {
  return harmless(`${failure.message}${causeOf(failure)}`, LONGEST_REASON);
}

function causeOf({ cause }: DeliveryFailedError): string {
  if (cause === undefined) return '';
  return cause instanceof Error ? `: ${cause.name}: ${cause.message}` : `: a thrown ${typeof cause}`;
}

/**
 * The pause after a number of attempts, in ms. It doubles from the first to the longest pause. Each is shortened at
 * random by up to half, so that callbacks that failed together are not retried together.
 */
export function limitedBackoff(attemptsMade: number, firstMs = 1000, longestMs = 15 * 60_000): number {
  const pauseMs = Math.min(firstMs * 2 ** (attemptsMade - 1), longestMs);
  return Math.round(pauseMs * (1 - Math.random() / 2));
}
