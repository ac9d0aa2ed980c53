import { ServiceUnavailableException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { StoragePolicy } from '../../lib/delivery/storage-policy.js';
import { OwnFault } from '../../lib/verification/own-fault.js';
import { useStoppedPerformanceClock } from '../support/clock.js';
import { Arrivals } from './arrivals.js';

const gone = new Error('gone');

describe('while a store is away', () => {
  const stopClock = useStoppedPerformanceClock();

  function start(policy: 'handle' | 'reject', dependency: 'ledger' | 'inbox' = 'ledger') {
    const arrivals = new Arrivals();
    return { arrivals, storage: new StoragePolicy(dependency, policy, arrivals.telemetry) };
  }

  it('a callback is handled without it, and the operator is told', async () => {
    const { arrivals, storage } = start('handle');

    expect(await storage.deliverWithout(arrivals.next(), gone)).toBe('handled');
    expect(arrivals.observed.outcomes.unavailable).toMatchObject([
      { dependency: 'ledger', error: gone, policy: 'handle' },
    ]);
    expect(arrivals.ends).toEqual({ unavailable: 1, accepted: 1 });
  });

  it('a callback is refused instead if the operator chose so', async () => {
    const { arrivals, storage } = start('reject', 'inbox');

    await expect(storage.deliverWithout(arrivals.next(), gone)).rejects.toThrow(ServiceUnavailableException);
    expect(arrivals.handled).toBe(0);
    const { unavailable, failed } = arrivals.observed.outcomes;
    expect(unavailable).toMatchObject([{ dependency: 'inbox', error: gone, policy: 'reject' }]);
    expect(failed).toMatchObject([
      { error: { name: 'StorageAwayError', message: "the inbox is away, and unavailable is 'reject'" } },
    ]);
    expect(failed[0]?.error).toBeInstanceOf(OwnFault);
    expect(arrivals.ends).toEqual({ unavailable: 1, failed: 1 });
  });

  it('what it has missed is told once, when it answers again', () => {
    const { arrivals, storage } = start('handle', 'inbox');
    storage.answered();
    for (let nth = 0; nth < 3; nth += 1) storage.missed(arrivals.next().report, gone);
    storage.answered();
    storage.answered();
    storage.missed(arrivals.next().report, gone);
    storage.answered();

    expect(arrivals.observed.outcomes.recovered).toEqual([
      { dependency: 'inbox', missed: 3 },
      { dependency: 'inbox', missed: 1 },
    ]);
  });

  it('the latest callback speaks against it for 10 s, or until it takes another', () => {
    const clock = stopClock();
    const { arrivals, storage } = start('handle');
    expect(storage.hasJustMissed).toBe(false);
    storage.missed(arrivals.next().report, gone);
    clock.forward(9.999);
    expect(storage.hasJustMissed).toBe(true);
    clock.forward(0.001);
    expect(storage.hasJustMissed).toBe(false);
    storage.missed(arrivals.next().report, gone);
    expect(storage.hasJustMissed).toBe(true);
    storage.answered();

    expect(storage.hasJustMissed).toBe(false);
  });
});
