import { describe, expect, it, jest } from '@jest/globals';
import { type HeldClaim } from '../../../lib/delivery/ledger/claim-waiter.js';
import { DeliveryClaims } from '../../../lib/delivery/ledger/delivery-claims.js';
import {
  type CallbackLedger,
  type ClaimState,
  MemoryCallbackLedger,
} from '../../../lib/delivery/ledger/callback-ledger.js';
import { useFakeTimers } from '../../support/clock.js';
import { type Fate, fateOf, PENDING, resolvedTo } from '../../support/fate.js';
import { LazyQuery } from '../lazy-query.js';
import { unavailable, hanging, RemoteLedger } from '../remote-ledger.js';
import { storeOf } from '../stores.js';

const ID = 'archive-1';
const LIMITS = { storageTimeout: 2000, duplicateTimeout: 30_000 };
const patient = new AbortController().signal;

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

type Claimed = Awaited<ReturnType<DeliveryClaims['claim']>>;

/** The claim that was granted; throws if none was. */
function held({ result }: Fate<Claimed>): HeldClaim {
  if (typeof result !== 'object') throw new Error(`no claim is held: ${result}`);
  return result;
}

/** A ledger whose claims are lazy queries. */
class QueriedLedger extends RemoteLedger {
  override claim(id: string, holder: string): Promise<ClaimState> {
    return new LazyQuery(() => {
      this.asked.push('claim');
      return this.store.claim(id, holder);
    });
  }
}

/** A ledger whose connection breaks between a claim and the answer to it. */
class AnswerlessLedger extends RemoteLedger {
  override async claim(id: string, holder: string): Promise<ClaimState> {
    await super.claim(id, holder);
    throw new Error('read ECONNRESET');
  }
}

/** The claims of one process. */
function processOf(ledger: CallbackLedger, policy: 'handle' | 'reject' = 'handle') {
  const probes = { answer: () => Promise.resolve() };
  const store = storeOf({ storageTimeoutMs: LIMITS.storageTimeout, probe: () => probes.answer(), policy });
  const claims = new DeliveryClaims(ledger, store, LIMITS.duplicateTimeout);
  return {
    claim: (id = ID, abandoned = patient) => fateOf((async () => claims.claim(id, () => abandoned))()),
    hold: (id = ID, abandoned = patient) => fateOf(Promise.resolve(claims.holdWithoutLedger(id, () => abandoned))),
    /** What probes of the ledger are answered. */
    probes,
  };
}

/** Ends a claim, and keeps what could not be recorded. */
function end(claim: HeldClaim, how: 'complete' | 'release'): unknown[] {
  const missed: unknown[] = [];
  claim[how]((error) => missed.push(error));
  return missed;
}

describe('DeliveryClaims', () => {
  useFakeTimers();

  async function start(ledger = new RemoteLedger(), policy: 'handle' | 'reject' = 'handle') {
    const process = processOf(ledger, policy);
    const first = process.claim();
    await pass(0);
    return { ledger, process, claim: held(first()) };
  }

  it('grants no claim of a completed callback', async () => {
    const { process, claim } = await start();
    end(claim, 'complete');
    const copy = process.claim();
    await pass(0);

    expect(copy()).toEqual(resolvedTo('completed'));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('grants a released callback to its next copy', async () => {
    const { ledger, process, claim } = await start();
    end(claim, 'release');
    await pass(0);
    expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
    ledger.store.release(ID, 'another process');
    const copy = process.claim();
    await pass(0);

    expect(held(copy())).toBeDefined();
  });

  it('does not ask the ledger while this process handles a callback, whose copies learn at once how that ends', async () => {
    const { ledger, process, claim } = await start();
    const copies = [process.claim(), process.claim()];
    await pass(1000);
    expect(copies.map((fate) => fate())).toEqual([PENDING, PENDING]);
    expect(ledger.asked).toEqual(['claim']);
    end(claim, 'complete');
    await pass(0);

    expect(copies.map((fate) => fate())).toEqual([resolvedTo('completed'), resolvedTo('completed')]);
  });

  it('gives a callback whose method failed to one of its copies at once', async () => {
    const { process, claim } = await start();
    const copies = [process.claim(), process.claim()];
    await pass(10);
    end(claim, 'release');
    await pass(0);

    expect(held(copies[0]?.() ?? PENDING)).toBeDefined();
    expect(copies[1]?.()).toEqual(PENDING);
  });

  it.each(['handle', 'reject'] as const)(
    'gives a failed callback to a waiting copy while the ledger is unavailable, unless unavailable is reject: %s',
    async (policy) => {
      const { ledger, process, claim } = await start(new RemoteLedger(), policy);
      const copy = process.claim();
      await pass(10);
      process.probes.answer = ledger.reach = unavailable;
      end(claim, 'release');
      await pass(0);

      if (policy === 'handle') expect(held(copy())).toBeDefined();
      else expect(copy()).toEqual(PENDING);
    },
  );

  it('waits for a callback that another process handles', async () => {
    const ledger = new RemoteLedger();
    ledger.store.claim(ID, 'another process');
    const process = processOf(ledger);
    const [one, another] = [process.claim(), process.claim('archive-2')];
    await pass(40);
    expect(one()).toEqual(PENDING);
    expect(held(another())).toBeDefined();
    ledger.store.complete(ID);
    await pass(10);

    expect(one()).toEqual(resolvedTo('completed'));
  });

  it('waits no longer than duplicateTimeout, nor than the sender', async () => {
    const { process } = await start();
    const sender = new AbortController();
    const [patientCopy, impatientCopy] = [process.claim(), process.claim(ID, sender.signal)];
    await pass(100);
    sender.abort();
    await pass(0);
    expect(impatientCopy()).toEqual(resolvedTo('abandoned'));
    await pass(29_899);
    expect(patientCopy()).toEqual(PENDING);
    await pass(1);

    expect(patientCopy()).toEqual(resolvedTo('timed-out'));
  });

  it('claims from a ledger in memory without a time limit', async () => {
    const process = processOf(new MemoryCallbackLedger());
    const first = process.claim();
    expect(jest.getTimerCount()).toBe(0);
    await pass(0);
    end(held(first()), 'complete');
    const copy = process.claim();
    await pass(0);

    expect(copy()).toEqual(resolvedTo('completed'));
  });

  it('runs a lazy query of the ledger once', async () => {
    const ledger = new QueriedLedger();
    const copy = processOf(ledger).claim();
    await pass(0);

    expect(held(copy())).toBeDefined();
    expect(ledger.asked).toEqual(['claim']);
  });

  describe('for a claim that the ledger does not answer in time', () => {
    async function startLate() {
      const ledger = new RemoteLedger();
      const process = processOf(ledger);
      let arrive: () => void = () => undefined;
      ledger.reach = () => new Promise((resolve) => (arrive = resolve));
      const late = process.claim();
      await pass(1999);
      expect(late()).toEqual(PENDING);
      await pass(1);
      expect(late()).toMatchObject({ error: { name: 'StorageTimeoutError', message: 'no answer within 2 s' } });
      ledger.reach = () => Promise.resolve();
      ledger.takeAsked();
      return { ledger, process, arrive };
    }

    it('gives up, and releases the claim when it is granted after all', async () => {
      const { ledger, arrive } = await startLate();
      arrive();
      await pass(10);

      expect(ledger.asked).toEqual(['release']);
      expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
    });

    it('does not release the claim of another holder', async () => {
      const { ledger, arrive } = await startLate();
      ledger.store.claim(ID, 'another process');
      arrive();
      await pass(10);

      expect(ledger.asked).toEqual([]);
    });

    it('releases the claim later if the ledger is unavailable by then', async () => {
      const { ledger, process, arrive } = await startLate();
      process.probes.answer = unavailable;
      ledger.reach = unavailable;
      arrive();
      await pass(100);
      expect(ledger.store.claim(ID, 'another process')).toBe('in-progress');
      process.probes.answer = ledger.reach = () => Promise.resolve();
      await pass(500);

      expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
    });
  });

  it('does not release a claim that is granted in time', async () => {
    const { ledger } = await start();
    await pass(5000);

    expect(ledger.asked).toEqual(['claim']);
  });

  it('releases a claim that is granted to a copy which has given up', async () => {
    const ledger = new RemoteLedger();
    ledger.store.claim(ID, 'another process');
    const process = processOf(ledger);
    const sender = new AbortController();
    const copy = process.claim(ID, sender.signal);
    await pass(0);
    let arrive: () => void = () => undefined;
    ledger.reach = (operation) =>
      operation === 'claim' ? new Promise((resolve) => (arrive = resolve)) : Promise.resolve();
    await pass(50);
    sender.abort();
    ledger.store.release(ID, 'another process');
    arrive();
    await pass(0);

    expect(copy()).toEqual(resolvedTo('abandoned'));
    expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
  });

  it('answers waiting copies at once, though the ledger does not take the completion', async () => {
    const { ledger, process, claim } = await start();
    const copies = [process.claim(), process.claim()];
    await pass(0);
    ledger.reach = hanging;
    const missed = end(claim, 'complete');
    await pass(0);
    expect(copies.map((fate) => fate())).toEqual([resolvedTo('completed'), resolvedTo('completed')]);
    expect(missed).toEqual([]);
    await pass(LIMITS.storageTimeout);

    expect(missed).toMatchObject([{ name: 'StorageTimeoutError' }]);
  });

  it('does not handle a callback again for a copy whose claim fails', async () => {
    const ledger = new MemoryCallbackLedger();
    const process = processOf(ledger);
    const first = process.claim();
    await pass(0);
    const copy = process.claim();
    await pass(0);
    const claim = jest.spyOn(ledger, 'claim').mockImplementation(() => {
      throw new Error('gone');
    });
    end(held(first()), 'complete');
    await pass(0);
    expect(copy()).toEqual(PENDING);
    claim.mockRestore();
    await pass(1000);

    expect(copy()).toEqual(resolvedTo('completed'));
  });

  it('releases each claim whose method failed while the ledger was unavailable', async () => {
    const { ledger, process, claim } = await start();
    const other = process.claim('archive-2');
    await pass(0);
    process.probes.answer = ledger.reach = unavailable;
    for (const one of [claim, held(other())]) end(one, 'release');
    await pass(0);
    process.probes.answer = ledger.reach = () => Promise.resolve();
    await pass(500);

    expect([ID, 'archive-2'].map((id) => ledger.store.claim(id, 'another process'))).toEqual(['claimed', 'claimed']);
  });

  it('gives a callback to a copy once it is known that its claim cannot be released', async () => {
    const { ledger, process, claim } = await start();
    ledger.reach = hanging;
    const missed = end(claim, 'release');
    await pass(LIMITS.storageTimeout);
    expect(missed).toMatchObject([{ name: 'StorageTimeoutError' }]);
    ledger.reach = () => Promise.resolve();
    await pass(10);
    const copy = process.claim();
    await pass(0);

    expect(held(copy())).toBeDefined();
  });

  describe('while the ledger is unavailable', () => {
    async function startUnavailable(lease = Infinity) {
      const ledger = new RemoteLedger(lease);
      ledger.reach = unavailable;
      const process = processOf(ledger);
      process.probes.answer = unavailable;
      const refused = process.claim();
      await pass(0);
      expect(refused()).toMatchObject({ error: { message: 'connect ECONNREFUSED' } });
      const taken = process.hold();
      await pass(0);
      ledger.takeAsked();
      const comeBack = async (): Promise<void> => {
        process.probes.answer = ledger.reach = () => Promise.resolve();
        await pass(500);
      };
      return { ledger, process, claim: held(taken()), comeBack };
    }

    it('gives a callback to one copy, for which the others wait', async () => {
      const { ledger, process, claim } = await startUnavailable();
      const copies = [process.hold(), process.claim()];
      await pass(200);
      expect(copies.map((fate) => fate())).toEqual([PENDING, PENDING]);
      const missed = end(claim, 'complete');
      await pass(0);

      expect(missed).toMatchObject([{ name: 'StorageUnavailableError' }]);
      expect(copies.map((fate) => fate())).toEqual([resolvedTo('completed'), resolvedTo('completed')]);
      expect(ledger.asked).toEqual([]);
    });

    it('does not handle a callback again, and does not ask the ledger', async () => {
      const { ledger, process, claim } = await startUnavailable();
      end(claim, 'complete');
      const copies = [process.claim(), process.hold()];
      await pass(0);

      expect(copies.map((fate) => fate())).toEqual([resolvedTo('completed'), resolvedTo('completed')]);
      expect(ledger.asked).toEqual([]);
    });

    it('records what was handled when the ledger is back', async () => {
      const { ledger, process, claim, comeBack } = await startUnavailable();
      end(claim, 'complete');
      await comeBack();
      // The first claim may have been granted, though its answer got lost.
      expect(ledger.takeAsked()).toEqual(['release', 'complete']);
      expect(ledger.store.claim(ID, 'another process')).toBe('completed');
      const copy = process.claim();
      await pass(0);

      expect(copy()).toEqual(resolvedTo('completed'));
      expect(ledger.asked).toEqual(['claim']);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('gives a callback that failed to the next copy, without asking the ledger', async () => {
      const { ledger, process, claim } = await startUnavailable();
      end(claim, 'release');
      expect(ledger.takeAsked()).toEqual([]);
      const next = process.hold();
      await pass(0);

      expect(held(next())).toBeDefined();
    });

    it('does not release a claim that the ledger never granted', async () => {
      const { ledger, claim, comeBack } = await startUnavailable();
      end(claim, 'release');
      await comeBack();

      // That of the first claim, which may have been granted, though its answer got lost.
      expect(ledger.asked).toEqual(['release']);
    });

    it('does not renew a claim that the ledger never granted', async () => {
      const { ledger, comeBack } = await startUnavailable(30);
      await comeBack();
      ledger.takeAsked();
      await pass(60_000);

      expect(ledger.asked).toEqual([]);
    });

    it('gives a callback that failed to one of the waiting copies, without asking the ledger', async () => {
      const { ledger, process, claim } = await startUnavailable();
      const copies = [process.hold(), process.hold()];
      await pass(0);
      end(claim, 'release');
      await pass(0);

      const [first, second] = copies.map((copy) => copy());
      expect(held(first ?? PENDING)).toBeDefined();
      expect(second).toEqual(PENDING);
      expect(ledger.asked).toEqual([]);
    });

    it('waits no longer than the sender', async () => {
      const { process } = await startUnavailable();
      const copy = process.hold(ID, AbortSignal.abort());
      await pass(0);

      expect(copy()).toEqual(resolvedTo('abandoned'));
    });
  });

  it('keeps the claim of a copy whose earlier request was answered too late', async () => {
    const ledger = new RemoteLedger();
    const process = processOf(ledger);
    ledger.store.claim(ID, 'another process');
    const copy = process.claim();
    await pass(0);
    let reach = (): void => undefined;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    ledger.reach = (operation) => (operation === 'claim' ? reached : Promise.resolve());
    ledger.takeAsked();
    await pass(LIMITS.storageTimeout + 500);
    expect(ledger.takeAsked()).toEqual(['claim', 'claim']);

    ledger.store.release(ID, 'another process');
    reach();
    await pass(1000);

    expect(held(copy())).toBeDefined();
    expect(ledger.store.claim(ID, 'another process')).toBe('in-progress');
  });

  it('releases a claim that is granted after all copies are answered', async () => {
    const ledger = new RemoteLedger();
    const process = processOf(ledger);
    ledger.store.claim(ID, 'another process');
    const copy = process.claim();
    await pass(0);
    let arrive = (): void => undefined;
    ledger.reach = () => new Promise((resolve) => (arrive = resolve));
    await pass(LIMITS.storageTimeout + 50);
    ledger.reach = () => Promise.resolve();
    ledger.store.release(ID, 'another process');
    await pass(1000);
    end(held(copy()), 'release');
    arrive();
    await pass(0);

    expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
  });

  it('releases a claim whose grant got lost', async () => {
    const ledger = new AnswerlessLedger();
    const copy = processOf(ledger).claim();
    await pass(0);

    expect(copy()).toMatchObject({ error: { message: 'read ECONNRESET' } });
    expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
  });

  it('releases a claim whose grant got lost, also if that takes more than one attempt', async () => {
    const ledger = new AnswerlessLedger();
    ledger.reach = (operation) => (operation === 'release' ? unavailable() : Promise.resolve());
    processOf(ledger).claim();
    await pass(749);
    expect(ledger.store.claim(ID, 'another process')).toBe('in-progress');
    ledger.reach = () => Promise.resolve();
    await pass(1);

    expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
    expect(jest.getTimerCount()).toBe(0);
  });

  describe('when the ledger grants a claim late', () => {
    /** One claim is on its way to the ledger while another copy, for which the ledger failed, is handled. */
    async function startBoth() {
      const ledger = new RemoteLedger();
      const process = processOf(ledger);
      let arrive: () => void = () => undefined;
      ledger.reach = () => new Promise((resolve) => (arrive = resolve));
      const late = process.claim();
      await pass(0);
      const arriveLate = arrive;
      ledger.reach = unavailable;
      const taken = process.hold();
      await pass(0);
      return { ledger, process, late, claim: held(taken()), arrive: arriveLate };
    }

    it('releases it while another copy is handled without the ledger, and the copy waits', async () => {
      const { ledger, late, claim, arrive } = await startBoth();
      ledger.reach = () => Promise.resolve();
      arrive();
      await pass(10);
      expect(late()).toEqual(PENDING);
      expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
      ledger.store.release(ID, 'another process');
      end(claim, 'complete');
      await pass(0);

      expect(late()).toEqual(resolvedTo('completed'));
    });

    it('waits for another copy that is handled without the ledger, also if the claim cannot be released', async () => {
      const { ledger, late, claim, arrive } = await startBoth();
      arrive();
      await pass(10);
      expect(late()).toEqual(PENDING);
      ledger.reach = () => Promise.resolve();
      end(claim, 'complete');
      await pass(0);

      expect(late()).toEqual(resolvedTo('completed'));
    });

    it('completes it if another copy was handled without the ledger', async () => {
      const { ledger, late, claim, arrive } = await startBoth();
      end(claim, 'complete');
      ledger.reach = () => Promise.resolve();
      arrive();
      await pass(0);

      expect(late()).toEqual(resolvedTo('completed'));
      expect(ledger.store.claim(ID, 'another process')).toBe('completed');
    });

    it('keeps it from others until it is completed, if another copy was handled without the ledger', async () => {
      const { ledger, process, late, claim, arrive } = await startBoth();
      process.probes.answer = unavailable;
      end(claim, 'complete');
      arrive();
      await pass(100);
      expect(late()).toEqual(resolvedTo('completed'));
      expect(ledger.store.claim(ID, 'another process')).toBe('in-progress');
      process.probes.answer = ledger.reach = () => Promise.resolve();
      await pass(1000);

      expect(ledger.store.claim(ID, 'another process')).toBe('completed');
    });

    it('answers a duplicate, also if nothing reaches the ledger', async () => {
      const { late, claim, arrive } = await startBoth();
      end(claim, 'complete');
      arrive();
      await pass(0);

      expect(late()).toEqual(resolvedTo('completed'));
    });
  });

  describe('with a lease of 30 s', () => {
    const startLeased = () => start(new RemoteLedger(30));

    it('renews the claim for its holder every 10 s while the method runs', async () => {
      const { ledger, claim } = await startLeased();
      await pass(9999);
      expect(ledger.asked).toEqual(['claim']);
      await pass(20_001);
      expect(ledger.takeAsked()).toEqual(['claim', 'renew', 'renew', 'renew']);
      expect(new Set(ledger.holders).size).toBe(1);
      end(claim, 'complete');
      await pass(60_000);

      expect(ledger.asked).toEqual(['complete']);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('does not renew a released claim', async () => {
      const { ledger, claim } = await startLeased();
      end(claim, 'release');
      await pass(60_000);

      expect(ledger.asked).toEqual(['claim', 'release']);
    });

    it('does not renew a claim whose completion is under way', async () => {
      const { ledger, claim } = await startLeased();
      await pass(9000);
      ledger.reach = hanging;
      end(claim, 'complete');
      await pass(20_000);

      expect(ledger.asked).not.toContain('renew');
    });

    it('claims again if the ledger has forgotten the claim', async () => {
      const { ledger } = await startLeased();
      ledger.store.release(ID, ledger.holders[0] ?? '');
      await pass(10_000);

      expect(ledger.asked).toEqual(['claim', 'renew', 'claim']);
      expect(ledger.store.claim(ID, 'another process')).toBe('in-progress');
      expect(new Set(ledger.holders).size).toBe(1);
    });

    it('renews again after a renewal that failed or was not answered', async () => {
      const { ledger } = await startLeased();
      ledger.reach = unavailable;
      await pass(10_000);
      ledger.reach = hanging;
      await pass(10_000);
      ledger.reach = () => Promise.resolve();
      await pass(10_000);

      expect(ledger.asked).toEqual(['claim', 'renew', 'renew', 'renew']);
    });

    it('does not take a claim back by a renewal that was under way when it was released', async () => {
      const { ledger, claim } = await startLeased();
      let arrive: () => void = () => undefined;
      ledger.reach = (operation) =>
        operation === 'renew' ? new Promise((resolve) => (arrive = resolve)) : Promise.resolve();
      await pass(10_000);
      end(claim, 'release');
      arrive();
      await pass(0);

      expect(ledger.asked).toEqual(['claim', 'renew', 'release']);
      expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
    });
  });

  it('renews no claim without an end', async () => {
    await start();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not renew all the time with a lease longer than three timers can wait', async () => {
    const { ledger } = await start(new RemoteLedger(10_000_000));
    await pass(60_000);
    expect(ledger.asked).toEqual(['claim']);
  });
});
