import { describe, expect, it } from '@jest/globals';
import { DirectDelivery } from '../../lib/delivery/delivery.js';
import { CallbackAlreadyHandledError } from '../../lib/delivery/method-run.js';
import { type Redelivery, type RedeliveryState } from '../../lib/request/redelivery.js';
import { Arrivals, verifiedToken } from './arrivals.js';

function redeliveryOf(state: RedeliveryState): Redelivery {
  const attempt = { attempt: 2, of: 40, firstReceivedAt: new Date() };
  return { id: 'archive-1', token: verifiedToken(), attempt, traceContext: {}, state };
}

describe('a callback that is handled without a memory', () => {
  const delivery = new DirectDelivery();

  it('is accepted with what its method returned and the fields left out of its DTO', async () => {
    const arrivals = new Arrivals();
    const setAside = [{ path: 'size', message: 'must be a number' }];

    expect(await delivery.deliver(arrivals.next({ setAside }))).toBe('handled');
    expect(arrivals.observed.outcomes.accepted).toMatchObject([
      { setAside, durations: { handling: expect.any(Number) } },
    ]);
    expect(arrivals.ends).toEqual({ accepted: 1 });
  });

  it('is failed with what its method threw, and for how long that ran', async () => {
    const arrivals = new Arrivals();
    const error = new Error('the database is down');

    await expect(delivery.deliver(arrivals.next({ handle: () => Promise.reject(error) }))).rejects.toBe(error);
    expect(arrivals.observed.outcomes.failed).toMatchObject([{ error, durations: { handling: expect.any(Number) } }]);
    expect(arrivals.ends).toEqual({ failed: 1 });
  });

  it('is not failed twice where a redelivery of it was answered before its method threw', async () => {
    const arrivals = new Arrivals();
    const error = new Error('the database is down');
    const next = arrivals.next({ handle: () => Promise.reject(error) });
    const redelivery = redeliveryOf('failed');
    next.request.redelivery = redelivery;

    await expect(delivery.deliver(next)).rejects.toBe(error);
    expect(redelivery).toMatchObject({ state: 'failed', failure: error });
    expect(arrivals.ends).toEqual({});
  });

  it.each([false, true])(
    'is a duplicate without a result where its method gave way to another copy (redelivered: %s)',
    async (isRedelivered) => {
      const arrivals = new Arrivals();
      const next = arrivals.next({ handle: () => Promise.reject(new CallbackAlreadyHandledError()) });
      const redelivery = isRedelivered ? redeliveryOf('reached') : undefined;
      if (redelivery !== undefined) next.request.redelivery = redelivery;

      expect(await delivery.deliver(next)).toBeUndefined();
      expect(arrivals.observed.outcomes.duplicate).toMatchObject([{ durations: { handling: expect.any(Number) } }]);
      expect(arrivals.ends).toEqual({ duplicate: 1 });
      expect(redelivery?.state).toBe(isRedelivered ? 'completed' : undefined);
      expect(redelivery?.failure).toBeUndefined();
    },
  );

  it('is handled again with every copy, which the log says at the start', async () => {
    const arrivals = new Arrivals();
    await delivery.deliver(arrivals.next());
    await delivery.deliver(arrivals.next());

    expect(arrivals.handled).toBe(2);
    expect(delivery.description).toBe('duplicates are not noticed (ledger: false)');
  });
});
