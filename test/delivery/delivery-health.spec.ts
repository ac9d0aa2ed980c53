import { describe, expect, it, jest } from '@jest/globals';
import { DeliveryHealth, probeStorage, type StorageOptions } from '../../lib/delivery/delivery-health.js';
import { CallbackLedger, MemoryCallbackLedger } from '../../lib/delivery/ledger/callback-ledger.js';
import { type InboxCounts } from '../../lib/telemetry/inbox-counts.js';
import { useFakeTimers, useStoppedPerformanceClock } from '../support/clock.js';
import { fateOf, PENDING } from '../support/fate.js';
import { Arrivals } from './arrivals.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { unavailable, hanging, RemoteLedger } from './remote-ledger.js';
import { storeOf } from './stores.js';

/** An inbox that says as much as it likes. */
class TalkativeInbox extends MemoryInbox {
  override counts(): InboxCounts {
    return { waiting: 3, dead: 1, ...{ host: 'redis.internal' } };
  }
}

/** An inbox whose store is unavailable. */
class AwayInbox extends MemoryInbox {
  override counts = (): never => {
    throw new Error('connect ECONNREFUSED');
  };
}

/** An inbox whose store does not answer. */
class HangingInbox extends MemoryInbox {
  override counts = hanging;
}

/** A ledger that keeps what it is asked to renew. */
class AskedLedger extends CallbackLedger {
  readonly retention = 93_600;
  readonly lease = Infinity;
  readonly scope = 'asked';
  readonly renewals: string[][] = [];
  answer: () => Promise<boolean> = () => Promise.resolve(false);

  override claim = (): never => {
    throw new Error('a health check claims nothing');
  };
  override renew(...asked: [string, string]): Promise<boolean> {
    this.renewals.push(asked);
    return this.answer();
  }
  override complete = (): void => undefined;
  override release = (): void => undefined;
}

describe('the health of the delivery', () => {
  useFakeTimers();

  function start(options: StorageOptions, policy: 'handle' | 'reject' = 'handle') {
    const arrivals = new Arrivals();
    const store = storeOf({ policy, probe: () => probeStorage(options) }, arrivals.telemetry);
    const health = new DeliveryHealth(options, store, arrivals.telemetry);
    return { arrivals, store, health };
  }

  function startAsked() {
    const ledger = new AskedLedger();
    return { ledger, ...start({ ledger }) };
  }

  it.each([
    ['none', { ledger: false }],
    ['memory', {}],
    ['memory', { ledger: new MemoryCallbackLedger() }],
    ['ledger', { ledger: new RemoteLedger() }],
    ['inbox', { inbox: new MemoryInbox() }],
    ['inbox', { inbox: new MemoryInbox(), ledger: false }],
  ] as const)('names where callbacks are remembered: %s', async (name, options) => {
    expect(await start(options).health.check()).toMatchObject({ storage: name, isAvailable: true });
  });

  it.each(['handle', 'reject'] as const)('says what is done while they cannot be remembered: %s', async (policy) => {
    expect(await start({}, policy).health.check()).toMatchObject({ unavailable: policy });
  });

  it('says how full the inbox is, and nothing else of it', async () => {
    expect((await start({ inbox: new TalkativeInbox() }).health.check()).inbox).toEqual({ waiting: 3, dead: 1 });
    expect((await start({}).health.check()).inbox).toBeUndefined();
  });

  it('renews a claim that no callback can have, and makes none', async () => {
    const ledger = new AskedLedger();
    expect(await start({ ledger }).health.check()).toMatchObject({ isAvailable: true });

    expect(ledger.renewals).toEqual([['health-check', 'health-check']]);
  });

  describe('asks the store', () => {
    const stopClock = useStoppedPerformanceClock();

    it('no more than once a second, counted from its answer', async () => {
      const clock = stopClock();
      const { ledger, health } = startAsked();
      let answer: () => void = () => undefined;
      ledger.answer = () =>
        new Promise(
          (resolve) =>
            (answer = () => {
              resolve(false);
            }),
        );
      const checks = [health.check(), health.check()];
      clock.forward(3600);
      checks.push(health.check());
      answer();
      await Promise.all(checks);
      clock.forward(0.999);
      await health.check();
      expect(ledger.renewals).toHaveLength(1);
      clock.forward(0.001);
      const check = health.check();
      answer();
      await check;

      expect(ledger.renewals).toHaveLength(2);
    });
  });

  it('does not ask a store that is known to be unavailable', async () => {
    const { ledger, store, health } = startAsked();
    await Promise.resolve(store.ask(unavailable)).catch(() => undefined);

    expect(await health.check()).toMatchObject({ isAvailable: false });
    expect(ledger.renewals).toEqual([]);
  });

  it.each([
    ['ledger', { ledger: Object.assign(new RemoteLedger(), { reach: unavailable }) }],
    ['inbox', { inbox: new AwayInbox() }],
  ])('is bad when the %s is unavailable', async (_, options) => {
    expect(await start(options).health.check()).toMatchObject({ isAvailable: false, inbox: undefined });
  });

  it.each([
    ['ledger', { ledger: Object.assign(new RemoteLedger(), { reach: hanging }) }],
    ['inbox', { inbox: new HangingInbox() }],
  ])('is bad when the %s has not answered within storageTimeout', async (_, options) => {
    const fate = fateOf(start(options).health.check());
    await jest.advanceTimersByTimeAsync(1999);
    expect(fate()).toEqual(PENDING);
    await jest.advanceTimersByTimeAsync(1);

    expect(fate()).toMatchObject({ result: { isAvailable: false } });
  });

  it('is bad when the store answers but did not take the latest callback', async () => {
    const { arrivals, store, health } = start({ ledger: new RemoteLedger() });
    store.missed(arrivals.next().report, new Error('OOM'));
    expect(await health.check()).toMatchObject({ isAvailable: false });
    await store.ask(() => Promise.resolve());

    expect(await health.check()).toMatchObject({ isAvailable: true });
  });

  it('tells how many callbacks ended in which way up to then', async () => {
    const { arrivals, health } = start({});
    arrivals.next().report.accepted();
    arrivals.telemetry.counts.byReason.token_expired = 1;
    const report = await health.check();
    arrivals.next().report.accepted();
    arrivals.telemetry.counts.byReason.token_expired = 2;

    expect(report).toMatchObject({ outcomes: { accepted: 1, failed: 0 }, refusals: { token_expired: 1 } });
  });
});

describe('probeStorage', () => {
  it('lets a ledger show that it takes callbacks, and leaves no claim behind', async () => {
    const ledger = new RemoteLedger();
    await probeStorage({ ledger });
    await probeStorage({ ledger });

    expect(ledger.asked).toEqual(['claim', 'release', 'claim', 'release']);
    expect(ledger.store.claim('health-check', 'another process')).toBe('claimed');
  });

  it('is content with any answer, as that another process probes', async () => {
    const ledger = new RemoteLedger();
    ledger.store.claim('health-check', 'another process');

    await expect(probeStorage({ ledger })).resolves.toBeUndefined();
  });

  it('asks an inbox how full it is', async () => {
    await expect(probeStorage({ inbox: new MemoryInbox() })).resolves.toBeUndefined();
    await expect(probeStorage({ inbox: new AwayInbox() })).rejects.toThrow('connect ECONNREFUSED');
  });

  it.each([{ ledger: false as const }, {}])('has nothing to ask without a store: %p', async (options) => {
    await expect(probeStorage(options)).resolves.toBeUndefined();
  });
});
