import { describe, expect, it } from '@jest/globals';
import {
  CallbackAlreadyHandledError,
  confirmAfterMethod,
  NotCommittedError,
  runMethod,
} from '../../lib/delivery/method-run.js';

const TIMEOUT_MS = 50;

describe('runMethod', () => {
  it('asks nothing where the method marked nothing', async () => {
    await expect(runMethod('a', TIMEOUT_MS, () => Promise.resolve('result'))).resolves.toBe('result');
    await expect(runMethod('a', TIMEOUT_MS, () => Promise.reject(new RangeError('own')))).rejects.toThrow(RangeError);
  });

  it.each([
    ['is handled', () => true, 'result'],
    ['is not', () => false, NotCommittedError],
    ['cannot be asked for', () => Promise.reject(new Error('unavailable')), NotCommittedError],
    ['is not known in time', () => new Promise<boolean>(() => undefined), NotCommittedError],
  ])('makes sure that what the method marked is handled: it %s', async (_, isHandled, expected) => {
    const run = runMethod('a', TIMEOUT_MS, () => {
      confirmAfterMethod('a', isHandled);
      return Promise.resolve('result');
    });
    if (typeof expected === 'string') await expect(run).resolves.toBe(expected);
    else await expect(run).rejects.toThrow(expected);
  });

  it.each([0, 1, 10])('finds a duplicate beneath %s other errors', async (depth) => {
    let error: Error = new CallbackAlreadyHandledError();
    for (let count = 0; count < depth; count += 1) error = new Error('of the application', { cause: error });
    await expect(runMethod('a', TIMEOUT_MS, () => Promise.reject(error))).rejects.toThrow(CallbackAlreadyHandledError);
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
