import { describe, expect, it } from '@jest/globals';
import { DirectDelivery } from '../../lib/delivery/delivery.js';
import { type Redelivery } from '../../lib/request/redelivery.js';
import { Arrivals, verifiedToken } from './arrivals.js';

describe('a callback that is handled without a memory', () => {
  const delivery = new DirectDelivery();

  it('is accepted with what its method returned, and with what was set aside', async () => {
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
    const attempt = { attempt: 2, of: 40, firstReceivedAt: new Date() };
    const redelivery: Redelivery = {
      id: 'archive-1',
      token: verifiedToken(),
      attempt,
      traceContext: {},
      state: 'failed',
    };
    next.request.redelivery = redelivery;

    await expect(delivery.deliver(next)).rejects.toBe(error);
    expect(redelivery).toMatchObject({ state: 'failed', failure: error });
    expect(arrivals.ends).toEqual({});
  });

  it('is handled again with every copy, which the operator is told at the start', async () => {
    const arrivals = new Arrivals();
    await delivery.deliver(arrivals.next());
    await delivery.deliver(arrivals.next());

    expect(arrivals.handled).toBe(2);
    expect(delivery.description).toBe('duplicates are not noticed (ledger: false)');
  });
});
