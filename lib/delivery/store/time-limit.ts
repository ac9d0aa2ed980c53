import { OwnFault } from '../../verification/own-fault.js';
import { type Awaitable } from '../../verification/signature-key.js';

/** A store did not answer in time. What was asked of it may still happen. */
export class StorageTimeoutError extends OwnFault {
  override readonly name = 'StorageTimeoutError';
  /** `ERR_CALLBACKS_STORAGE_TIMEOUT` */
  override readonly code = 'ERR_CALLBACKS_STORAGE_TIMEOUT';
}

/**
 * Waits for an operation of a store, but not for ever.
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
      // After a blocked event loop the timer fires before an answer is read that has come long ago.
      setImmediate(() => {
        reject(new StorageTimeoutError(`no answer within ${timeoutMs / 1000} s`));
      });
    }, timeoutMs);
    // Also used in the background, where it must not keep a process alive that has ended everything else.
    timer.unref();
    const end = (): void => {
      clearTimeout(timer);
    };
    void Promise.resolve(running).finally(end).then(resolve, reject);
  });
}

/** By shape: what queries of databases return is often no Promise of this realm. */
export function isThenable<Result>(value: Result | PromiseLike<Result>): value is PromiseLike<Result> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Goes on with the answer of a store: at once, where it answers at once. */
export function andThen<Answer, Result>(
  answer: Answer | PromiseLike<Answer>,
  next: (answer: Answer) => Awaitable<Result>,
): Awaitable<Result> {
  return isThenable(answer) ? Promise.resolve(answer).then(next) : next(answer);
}
