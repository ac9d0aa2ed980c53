import { OwnFault } from '../../verification/own-fault.js';
import { type Awaitable } from '../../verification/signature-key.js';

/** A store did not answer in time. The operation may still complete. */
export class StorageTimeoutError extends OwnFault {
  override readonly name = 'StorageTimeoutError';
  /** `ERR_CALLBACKS_STORAGE_TIMEOUT` */
  override readonly code = 'ERR_CALLBACKS_STORAGE_TIMEOUT';
}

/**
 * Waits for an operation of a store, for a limited time.
 *
 * @throws {StorageTimeoutError} when the time is up, and whatever the operation throws
 */
export async function withinTime<Result>(
  timeoutMs: number,
  operation: () => Result | PromiseLike<Result>,
): Promise<Result> {
  const running = operation();
  // A ledger in memory answers at once and needs no timer.
  if (!isThenable(running)) return running;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // After a blocked event loop the timer fires before an answer that has already arrived is read.
      setImmediate(() => {
        reject(new StorageTimeoutError(`no answer within ${timeoutMs / 1000} s`));
      });
    }, timeoutMs);
    // The timer must not keep a process alive that has finished everything else.
    timer.unref();
    const end = (): void => {
      clearTimeout(timer);
    };
    void Promise.resolve(running).finally(end).then(resolve, reject);
  });
}

/** Checks the shape: queries of databases often return an object that is not a Promise of this realm. */
export function isThenable<Result>(value: Result | PromiseLike<Result>): value is PromiseLike<Result> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Continues with the answer of a store, synchronously if the store answers synchronously. */
export function andThen<Answer, Result>(
  answer: Answer | PromiseLike<Answer>,
  next: (answer: Answer) => Awaitable<Result>,
): Awaitable<Result> {
  return isThenable(answer) ? Promise.resolve(answer).then(next) : next(answer);
}
