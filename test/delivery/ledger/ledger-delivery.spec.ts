import { ServiceUnavailableException } from '@nestjs/common';
import { describe, expect, it, jest } from '@jest/globals';
import { LedgerDelivery } from '../../../lib/delivery/ledger/ledger-delivery.js';
import { OwnFault } from '../../../lib/verification/own-fault.js';
import { useFakeTimers } from '../../support/clock.js';
import { fateOf, PENDING, resolvedTo } from '../../support/fate.js';
import { Arrivals } from '../arrivals.js';
import { unavailable, hanging, RemoteLedger } from '../remote-ledger.js';
import { storeOf } from '../stores.js';

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
const storageTime = { durations: { storage: expect.any(Number) } };

describe('LedgerDelivery', () => {
  useFakeTimers();

  function start(policy: 'handle' | 'reject' = 'handle') {
    const arrivals = new Arrivals();
    const ledger = new RemoteLedger();
    const store = storeOf({ policy, probe: () => ledger.reach('claim') }, arrivals.telemetry);
    const delivery = new LedgerDelivery(ledger, store, 30_000);
    return { arrivals, ledger, delivery, outcomes: arrivals.observed.outcomes };
  }

  /** A method that ends when a test says so. */
  function lasting() {
    let end: () => void = () => undefined;
    const handle = () =>
      new Promise<string>((resolve) => {
        end = () => {
          resolve('handled');
        };
      });
    return {
      handle,
      end: () => {
        end();
      },
    };
  }

  it('describes where the ledger recognises copies', () => {
    expect(start().delivery.description).toBe('duplicates are noticed in a store that processes share');
  });

  it('handles a callback once, and answers its copies as duplicates', async () => {
    const { arrivals, ledger, delivery, outcomes } = start();

    expect(await delivery.deliver(arrivals.next())).toBe('handled');
    expect(ledger.takeAsked()).toEqual(['claim', 'complete']);
    expect(await delivery.deliver(arrivals.next())).toBeUndefined();
    expect(arrivals.handled).toBe(1);
    expect(arrivals.ends).toEqual({ accepted: 1, duplicate: 1 });
    expect(outcomes).toMatchObject({ accepted: [storageTime], duplicate: [storageTime] });
  });

  it('handles a callback although the logger of the application throws', async () => {
    const { arrivals, delivery } = start();
    const debug = jest.spyOn(arrivals.logs, 'debug').mockImplementation(() => {
      throw new Error('the disk is full');
    });
    await expect(delivery.deliver(arrivals.next())).resolves.toBe('handled');
    await delivery.deliver(arrivals.next());

    expect(debug).toHaveBeenCalledTimes(2);
    expect(arrivals.handled).toBe(1);
  });

  it('rethrows the error of the method, and handles the next copy', async () => {
    const { arrivals, ledger, delivery } = start();
    const error = new Error('the database is down');

    await expect(delivery.deliver(arrivals.next({ handle: () => Promise.reject(error) }))).rejects.toBe(error);
    expect(ledger.asked).toEqual(['claim', 'release']);
    expect(await delivery.deliver(arrivals.next())).toBe('handled');
    expect(arrivals.ends).toEqual({ failed: 1, accepted: 1 });
  });

  it('answers 503 when another copy takes longer than duplicateTimeout', async () => {
    const { arrivals, delivery, outcomes } = start();
    const { handle } = lasting();
    void delivery.deliver(arrivals.next({ handle }));
    const copy = fateOf(delivery.deliver(arrivals.next()));
    await pass(30_000);

    expect(copy().error).toBeInstanceOf(ServiceUnavailableException);
    expect(outcomes.failed).toMatchObject([
      {
        error: {
          name: 'StillInProgressError',
          code: 'ERR_CALLBACKS_STILL_IN_PROGRESS',
          message: 'another copy of it has been in progress for more than 30 s (duplicateTimeout)',
        },
      },
    ]);
    expect(outcomes.failed[0]?.error).toBeInstanceOf(OwnFault);
    expect(arrivals.handled).toBe(1);
  });

  it('does not report a waiting copy whose sender hung up', async () => {
    const { arrivals, delivery } = start();
    const { handle } = lasting();
    const abandoned = (): AbortSignal => AbortSignal.abort();
    // It is handled, whoever hung up.
    void delivery.deliver(arrivals.next({ handle, abandoned }));
    const copy = fateOf(delivery.deliver(arrivals.next({ abandoned })));
    await pass(0);

    expect(copy().error).toBeInstanceOf(ServiceUnavailableException);
    expect(arrivals.handled).toBe(1);
    expect(arrivals.ends).toEqual({});
  });

  describe('while the ledger is unavailable', () => {
    it('handles callbacks, reports it, and recognises their copies afterwards', async () => {
      const { arrivals, ledger, delivery, outcomes } = start();
      ledger.reach = unavailable;

      expect(await delivery.deliver(arrivals.next())).toBe('handled');
      expect(arrivals.ends).toEqual({ unavailable: 1, accepted: 1 });
      expect(outcomes.unavailable).toMatchObject([{ dependency: 'ledger', policy: 'handle', ...storageTime }]);
      expect(await delivery.deliver(arrivals.next())).toBeUndefined();
      expect(arrivals.ends).toEqual({ unavailable: 1, accepted: 1, duplicate: 1 });
    });

    it('lets a copy wait for the first one, but no longer than its sender', async () => {
      const { arrivals, ledger, delivery } = start();
      ledger.reach = unavailable;
      const { handle, end } = lasting();
      const [first, second] = [
        fateOf(delivery.deliver(arrivals.next({ handle }))),
        fateOf(delivery.deliver(arrivals.next())),
      ];
      const abandoned = (): AbortSignal => AbortSignal.abort();
      const third = fateOf(delivery.deliver(arrivals.next({ abandoned })));
      await pass(10);
      expect([first(), second()]).toEqual([PENDING, PENDING]);
      expect(third().error).toBeInstanceOf(ServiceUnavailableException);
      end();
      await pass(0);

      expect([first(), second()]).toEqual([resolvedTo('handled'), resolvedTo(undefined)]);
      expect(arrivals.handled).toBe(1);
    });

    it('answers 503 with the policy reject', async () => {
      const { arrivals, ledger, delivery } = start('reject');
      ledger.reach = unavailable;

      await expect(delivery.deliver(arrivals.next())).rejects.toThrow(ServiceUnavailableException);
      expect(arrivals.handled).toBe(0);
      expect(arrivals.ends).toEqual({ unavailable: 1, failed: 1 });
    });

    it('handles no copy after one that failed, with the policy reject', async () => {
      const { arrivals, ledger, delivery } = start('reject');
      let fail: (error: Error) => void = () => undefined;
      const handle = () => new Promise((_, reject) => (fail = reject));
      const copies = [arrivals.next({ handle }), arrivals.next()].map((copy) => fateOf(delivery.deliver(copy)));
      await jest.advanceTimersByTimeAsync(0);
      ledger.reach = unavailable;
      fail(new Error('no'));
      await jest.advanceTimersByTimeAsync(30_000);

      expect(copies.map((fate) => fate().state)).toEqual(['rejected', 'rejected']);
      expect(arrivals.handled).toBe(1);
    });

    it('waits for storageTimeout, and only with the first callbacks', async () => {
      const { arrivals, ledger, delivery } = start();
      ledger.reach = hanging;
      const first = ['archive-1', 'archive-2'].map((id) => fateOf(delivery.deliver(arrivals.next({ id }))));
      await pass(1999);
      expect(arrivals.handled).toBe(0);
      await pass(1);
      expect(first.map((fate) => fate())).toEqual([resolvedTo('handled'), resolvedTo('handled')]);
      const next = fateOf(delivery.deliver(arrivals.next({ id: 'archive-3' })));
      await pass(0);

      expect(next()).toEqual(resolvedTo('handled'));
    });
  });

  it('answers before the ledger has recorded the completion', async () => {
    const { arrivals, ledger, delivery } = start();
    let recorded = (): void => undefined;
    ledger.reach = (operation) =>
      operation === 'complete' ? new Promise((resolve) => (recorded = resolve)) : Promise.resolve();
    const [answer, copy] = [fateOf(delivery.deliver(arrivals.next())), fateOf(delivery.deliver(arrivals.next()))];
    await pass(0);
    expect([answer(), copy()]).toEqual([resolvedTo('handled'), resolvedTo(undefined)]);
    expect(ledger.store.claim('archive-1', 'another process')).toBe('in-progress');
    recorded();
    await pass(0);

    expect(ledger.store.claim('archive-1', 'another process')).toBe('completed');
  });

  it('accepts a callback whose completion cannot be recorded, and reports it', async () => {
    const { arrivals, ledger, delivery, outcomes } = start();
    ledger.reach = (operation) => (operation === 'complete' ? unavailable() : Promise.resolve());

    expect(await delivery.deliver(arrivals.next())).toBe('handled');
    await pass(0);
    expect(arrivals.ends).toEqual({ accepted: 1, unavailable: 1 });
    expect(outcomes.unavailable).toMatchObject([{ dependency: 'ledger', error: { message: 'connect ECONNREFUSED' } }]);
  });

  it('rethrows the error of the method if the claim cannot be released', async () => {
    const { arrivals, ledger, delivery } = start();
    ledger.reach = (operation) => (operation === 'release' ? unavailable() : Promise.resolve());
    const error = new Error('the database is down');

    await expect(delivery.deliver(arrivals.next({ handle: () => Promise.reject(error) }))).rejects.toBe(error);
    await pass(0);
    expect(arrivals.ends).toEqual({ failed: 1, unavailable: 1 });
  });

  it('reports the callbacks missed when the ledger is back', async () => {
    const { arrivals, ledger, delivery, outcomes } = start();
    ledger.reach = unavailable;
    await delivery.deliver(arrivals.next());
    await pass(10);
    ledger.reach = () => Promise.resolve();
    await pass(500);

    expect(outcomes.recovered).toEqual([{ dependency: 'ledger', missed: 1 }]);
  });
});
