import { OwnFault } from '../verification/own-fault.js';
import { type Awaitable } from '../verification/signature-key.js';
import { withinTime } from './store/time-limit.js';

/**
 * Another copy of the callback was handled in the meantime, so the changes of this one must be rolled back. Let your
 * method throw this error: the module then answers as for any duplicate.
 */
export class CallbackAlreadyHandledError extends OwnFault {
  override readonly name = 'CallbackAlreadyHandledError';
  /** `ERR_CALLBACKS_ALREADY_HANDLED` */
  override readonly code = 'ERR_CALLBACKS_ALREADY_HANDLED';

  constructor() {
    super('another copy of the callback was handled meanwhile: roll back the transaction');
  }
}

/**
 * A method marked its callback as handled within a transaction, but the mark is not in the ledger when the method
 * returns.
 */
export class NotCommittedError extends OwnFault {
  override readonly name = 'NotCommittedError';
  /** `ERR_CALLBACKS_NOT_COMMITTED` */
  override readonly code = 'ERR_CALLBACKS_NOT_COMMITTED';
}

/** Asks the ledger whether a callback is marked as handled. */
export type IsHandled = () => Awaitable<boolean>;

interface Run {
  count: number;
  isHandled: IsHandled | undefined;
}

/** The callbacks whose method is running in this process, by identity. A ledger has no other access to the request. */
const running = new Map<string, Run>();

/**
 * Makes the module check, after the method of a callback has returned, whether the callback is marked as handled.
 * Called by a ledger that marked it within the method's transaction. Does nothing if no method is running for the
 * callback.
 */
export function confirmAfterMethod(id: string, isHandled: IsHandled): void {
  const run = running.get(id);
  if (run !== undefined) run.isHandled = isHandled;
}

/**
 * Runs the method of a callback. If the method marked the callback as handled within a transaction, checks that the
 * transaction was committed.
 *
 * @param timeoutMs how long the ledger may take to answer, in ms
 * @throws {CallbackAlreadyHandledError} if the method failed for this reason and the ledger has marked the callback as
 *   handled
 * @throws {NotCommittedError} if the ledger has not marked the callback as handled or did not answer, or if the method
 *   marked another callback
 */
export async function runMethod<Result>(id: string, timeoutMs: number, method: () => Promise<Result>): Promise<Result> {
  const run = running.get(id) ?? { count: 0, isHandled: undefined };
  run.count += 1;
  running.set(id, run);
  try {
    const result = await method();
    await confirm(run, timeoutMs, RETURNED);
    return result;
  } catch (error) {
    const duplicate = alreadyHandledIn(error);
    if (duplicate === undefined) throw error;
    // If it were answered as a duplicate, this callback would be lost.
    if (run.isHandled === undefined) throw new NotCommittedError(OF_ANOTHER);
    await confirm(run, timeoutMs, REFUSED);
    throw duplicate;
  } finally {
    run.count -= 1;
    if (run.count === 0) running.delete(id);
  }
}

const RETURNED = 'the method called completeWithin() and returned, but its transaction was not committed';
const REFUSED =
  'completeWithin() found the callback handled, but nothing was committed: was it called twice in one transaction?';
const OF_ANOTHER =
  'completeWithin() found another callback handled than the one of the method: give it the id that @CallbackId() injects';

async function confirm({ isHandled }: Run, timeoutMs: number, otherwise: string): Promise<void> {
  if (isHandled === undefined) return;
  let answer: boolean;
  try {
    answer = await withinTime(timeoutMs, isHandled);
  } catch (cause) {
    throw new NotCommittedError('the ledger did not answer whether the transaction of the method was committed', {
      cause,
    });
  }
  if (!answer) throw new NotCommittedError(otherwise);
}

/** How many levels of causes are searched, because an application may wrap the error of its transaction. */
const MOST_CAUSES = 10;

function alreadyHandledIn(error: unknown): CallbackAlreadyHandledError | undefined {
  let cause = error;
  for (let depth = 0; depth <= MOST_CAUSES && cause instanceof Error; depth += 1) {
    if (cause instanceof CallbackAlreadyHandledError) return cause;
    cause = cause.cause;
  }
  return undefined;
}
