import { OwnFault } from '../verification/own-fault.js';
import { type Awaitable } from '../verification/signature-key.js';
import { withinTime } from './store/time-limit.js';

/**
 * Another copy of the callback was handled meanwhile, and what this one did must be rolled back. Let the method throw it
 * on: the module then answers as for any duplicate.
 */
export class CallbackAlreadyHandledError extends OwnFault {
  override readonly name = 'CallbackAlreadyHandledError';
  /** `ERR_CALLBACKS_ALREADY_HANDLED` */
  override readonly code = 'ERR_CALLBACKS_ALREADY_HANDLED';

  constructor() {
    super('another copy of the callback was handled meanwhile: roll back the transaction');
  }
}

/** A method marked its callback as handled within a transaction, and that is not in the ledger when the method is done. */
export class NotCommittedError extends OwnFault {
  override readonly name = 'NotCommittedError';
  /** `ERR_CALLBACKS_NOT_COMMITTED` */
  override readonly code = 'ERR_CALLBACKS_NOT_COMMITTED';
}

/** Finds out whether the ledger has a callback as handled. */
export type IsHandled = () => Awaitable<boolean>;

interface Run {
  count: number;
  isHandled: IsHandled | undefined;
}

/** The callbacks whose method runs in this process, by identity: a ledger has no other way to the request. */
const running = new Map<string, Run>();

/**
 * Has the module look, once the method of a callback is done, whether the callback is handled. Called by a ledger that
 * marked it within a transaction of the method's own. Does nothing if no method runs for the callback.
 */
export function confirmAfterMethod(id: string, isHandled: IsHandled): void {
  const run = running.get(id);
  if (run !== undefined) run.isHandled = isHandled;
}

/**
 * Runs the method of a callback and, if the method marked the callback as handled within a transaction, makes sure that
 * this was committed.
 *
 * @param timeoutMs how long the ledger may take to say so, in ms
 * @throws {CallbackAlreadyHandledError} if that is why the method failed, and the ledger has the callback as handled
 * @throws {NotCommittedError} if the ledger does not have the callback as handled, or did not answer, or if it was asked
 *   for another callback
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
    // Answered as a duplicate, this one would be lost.
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

/** How many causes are looked through: an application may wrap what its transaction threw. */
const MOST_CAUSES = 10;

function alreadyHandledIn(error: unknown): CallbackAlreadyHandledError | undefined {
  let cause = error;
  for (let depth = 0; depth <= MOST_CAUSES && cause instanceof Error; depth += 1) {
    if (cause instanceof CallbackAlreadyHandledError) return cause;
    cause = cause.cause;
  }
  return undefined;
}
