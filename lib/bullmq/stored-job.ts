import { DelayedError, type Job, UnrecoverableError } from 'bullmq';
import { DeliveryFailedError } from '../delivery/inbox/callback-inbox.js';
import { type StoredCallback } from '../delivery/inbox/stored-callback.js';
import { harmless } from '../verification/quoted-text.js';

/** The data of a job: a callback, and whose it is. A queue is open to others, so anything may be in a job. */
export interface StoredJob extends StoredCallback {
  /** Absent in jobs that any application may handle. */
  readonly application?: string;
}

export function asJob(callback: StoredCallback, application: string): StoredJob {
  return { ...callback, application };
}

/**
 * The id of a callback's job. The same callback may be sent to several applications that share a queue, and is a job of
 * each. Encoded, as BullMQ allows no colon.
 */
export function jobIdOf({ id }: StoredCallback, application = ''): string {
  return application === '' ? id : `${id}@${encodeURIComponent(application)}`;
}

/** The callback of a job as it was put. */
export function callbackOf(data: StoredJob): StoredCallback {
  if (!isObject(data)) return data;
  const callback: { application?: string } & StoredCallback = { ...data };
  delete callback.application;
  return callback;
}

/** The application that stored a job, if it is known. */
export function applicationOf(data: unknown): string | undefined {
  const application: unknown = isObject(data) ? Reflect.get(data, 'application') : undefined;
  return typeof application === 'string' ? application : undefined;
}

function isObject(data: unknown): data is object {
  return typeof data === 'object' && data !== null;
}

/**
 * Puts a job back for later, without counting an attempt.
 *
 * @throws {DelayedError} always: it tells BullMQ that the job is not finished
 */
export async function putBack(job: Job, token: string | undefined, pauseMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + pauseMs, token);
  throw new DelayedError();
}

/** How much of a failure is kept in Redis, in characters. */
const LONGEST_REASON = 500;

/** A failure as BullMQ wants it: its message becomes the `failedReason`, beside the payload in Redis. */
export function jobErrorOf(error: unknown): Error {
  const failure = failureOf(error);
  const reason = harmless(`${failure.message}${causeOf(failure)}`, LONGEST_REASON);
  const jobError = failure.next === 'give-up' ? new UnrecoverableError(reason) : new Error(reason);
  jobError.cause = failure;
  return jobError;
}

/** The failure of a delivery from an error that was made of it. */
export function failureOf(error: unknown): DeliveryFailedError {
  if (error instanceof DeliveryFailedError) return error;
  if (error instanceof Error && error.cause instanceof DeliveryFailedError) return error.cause;
  return new DeliveryFailedError('the delivery failed', 'retry', { cause: error });
}

function causeOf({ cause }: DeliveryFailedError): string {
  if (cause === undefined) return '';
  return cause instanceof Error ? `: ${cause.name}: ${cause.message}` : `: a thrown ${typeof cause}`;
}
