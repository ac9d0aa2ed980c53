import { describe, expect, it } from '@jest/globals';
import {
  CallbackAlreadyHandledError,
  confirmAfterMethod,
  type IsHandled,
  NotCommittedError,
  runMethod,
} from '../../lib/delivery/method-run.js';

const TIMEOUT_MS = 50;

/** Runs a method that marks its callback, and then returns, or throws. */
function runMarking(isHandled: IsHandled, error?: Error): Promise<string> {
  return runMethod('a', TIMEOUT_MS, () => {
    confirmAfterMethod('a', isHandled);
    return error === undefined ? Promise.resolve('result') : Promise.reject(error);
  });
}

describe('runMethod', () => {
  it('asks nothing where the method marked nothing', async () => {
    await expect(runMethod('a', TIMEOUT_MS, () => Promise.resolve('result'))).resolves.toBe('result');
    await expect(runMethod('a', TIMEOUT_MS, () => Promise.reject(new RangeError('own')))).rejects.toThrow(RangeError);
  });

  it('gives the result of a method whose mark was committed', async () => {
    await expect(runMarking(() => true)).resolves.toBe('result');
  });

  it.each<[string, IsHandled, string]>([
    ['was not committed', () => false, 'called completeWithin() and returned, but its transaction was not committed'],
    ['cannot be asked for', () => Promise.reject(new Error('unavailable')), 'the ledger did not answer whether'],
    ['is not known in time', () => new Promise<boolean>(() => undefined), 'the ledger did not answer whether'],
  ])('fails where the mark of the method %s', async (_, isHandled, message) => {
    await expect(runMarking(isHandled)).rejects.toMatchObject({
      name: 'NotCommittedError',
      code: 'ERR_CALLBACKS_NOT_COMMITTED',
      message: expect.stringContaining(message),
    });
  });

  it('says why the ledger did not answer', async () => {
    const cause = new Error('unavailable');
    await expect(runMarking(() => Promise.reject(cause))).rejects.toMatchObject({ cause });
  });

  it('fails where the method gave way to a copy that was not handled either', async () => {
    const run = runMarking(() => false, new CallbackAlreadyHandledError());
    await expect(run).rejects.toThrow(/nothing was committed: was it called twice in one transaction/);
  });

  it('names what it throws for a duplicate', async () => {
    await expect(runMarking(() => true, new CallbackAlreadyHandledError())).rejects.toMatchObject({
      name: 'CallbackAlreadyHandledError',
      code: 'ERR_CALLBACKS_ALREADY_HANDLED',
      message: 'another copy of the callback was handled meanwhile: roll back the transaction',
    });
  });

  it.each([0, 1, 10])('finds a duplicate beneath %s other errors', async (depth) => {
    let error: Error = new CallbackAlreadyHandledError();
    for (let count = 0; count < depth; count += 1) error = new Error('of the application', { cause: error });
    await expect(runMarking(() => true, error)).rejects.toThrow(CallbackAlreadyHandledError);
  });

  it('fails where the method gave way to another callback, so that its own is not lost', async () => {
    const run = runMethod('a', TIMEOUT_MS, () => {
      confirmAfterMethod('b', () => true);
      return Promise.reject(new CallbackAlreadyHandledError());
    });
    await expect(run).rejects.toMatchObject({
      code: 'ERR_CALLBACKS_NOT_COMMITTED',
      message: expect.stringContaining('give it the id that @CallbackId() injects'),
    });
  });

  it('does not follow causes without an end', async () => {
    const error = new Error('of the application');
    error.cause = error;
    await expect(runMethod('a', TIMEOUT_MS, () => Promise.reject(error))).rejects.toBe(error);
  });

  it('knows nothing of a callback once its method is done, and nothing of one that has none', async () => {
    const isHandled = (): never => {
      throw new Error('must not be asked');
    };
    confirmAfterMethod('b', isHandled);
    await expect(runMethod('b', TIMEOUT_MS, () => Promise.resolve('result'))).resolves.toBe('result');
    const first = runMethod('b', TIMEOUT_MS, () => {
      confirmAfterMethod('b', () => true);
      return Promise.resolve();
    });
    await first;
    confirmAfterMethod('b', isHandled);
    await expect(runMethod('b', TIMEOUT_MS, () => Promise.resolve('result'))).resolves.toBe('result');
  });

  it('asks for each of two copies that run at once', async () => {
    let end = (): void => undefined;
    const waits = new Promise<void>((resolve) => (end = resolve));
    const slow = runMethod('a', TIMEOUT_MS, () => waits);
    await runMethod('a', TIMEOUT_MS, () => Promise.resolve());
    confirmAfterMethod('a', () => false);
    end();
    await expect(slow).rejects.toThrow(NotCommittedError);
  });
});
