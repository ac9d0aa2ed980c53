import { describe, expect, it, jest } from '@jest/globals';
import { type HeldClaim } from '../../../lib/delivery/ledger/claim-waiter.js';
import { DeliveryClaims } from '../../../lib/delivery/ledger/delivery-claims.js';
import { type CallbackLedger, type ClaimState, MemoryCallbackLedger } from '../../../lib/delivery/ledger/callback-ledger.js';
import { useFakeTimers } from '../../support/clock.js';
import { type Fate, fateOf, PENDING, resolvedTo } from '../../support/fate.js';
import { LazyQuery } from '../lazy-query.js';
import { away, hanging, RemoteLedger } from '../remote-ledger.js';
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
function processOf(ledger: CallbackLedger) {
  const probes = { answer: () => Promise.resolve() };
  const store = storeOf({ storageTimeoutMs: LIMITS.storageTimeout, probe: () => probes.answer() });
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

describe('a callback', () => {
  useFakeTimers();

  async function start(ledger = new RemoteLedger()) {
    const process = processOf(ledger);
    const first = process.claim();
    await pass(0);
    return { ledger, process, claim: held(first()) };
  }

  it('that was completed is not claimed again', async () => {
    const { process, claim } = await start();
    end(claim, 'complete');
    const copy = process.claim();
    await pass(0);

    expect(copy()).toEqual(resolvedTo('completed'));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('that was released is claimed by the next copy', async () => {
    const { ledger, process, claim } = await start();
    end(claim, 'release');
    await pass(0);
    expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
    ledger.store.release(ID, 'another process');
    const copy = process.claim();
    await pass(0);

    expect(held(copy())).toBeDefined();
  });

  it('that is being handled by this process is asked of nobody, and its copies learn at once how it ends', async () => {
    const { ledger, process, claim } = await start();
    const copies = [process.claim(), process.claim()];
    await pass(1000);
    expect(copies.map((fate) => fate())).toEqual([PENDING, PENDING]);
    expect(ledger.asked).toEqual(['claim']);
    end(claim, 'complete');
    await pass(0);

    expect(copies.map((fate) => fate())).toEqual([resolvedTo('completed'), resolvedTo('completed')]);
  });

  it('whose handling failed goes to one of its copies at once', async () => {
    const { process, claim } = await start();
    const copies = [process.claim(), process.claim()];
    await pass(10);
    end(claim, 'release');
    await pass(0);

    expect(held(copies[0]?.() ?? PENDING)).toBeDefined();
    expect(copies[1]?.()).toEqual(PENDING);
  });

  it('that another process handles is waited for', async () => {
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

  it('is waited for no longer than duplicateTimeout, nor than its sender waits', async () => {
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

  it('is claimed from a ledger in memory without a time limit, which that does not need', async () => {
    const process = processOf(new MemoryCallbackLedger());
    const first = process.claim();
    expect(jest.getTimerCount()).toBe(0);
    await pass(0);
    end(held(first()), 'complete');
    const copy = process.claim();
    await pass(0);

    expect(copy()).toEqual(resolvedTo('completed'));
  });

  it('is claimed by a query that runs once, though its result is asked for at once', async () => {
    const ledger = new QueriedLedger();
    const copy = processOf(ledger).claim();
    await pass(0);

    expect(held(copy())).toBeDefined();
    expect(ledger.asked).toEqual(['claim']);
  });

  describe('that the ledger does not answer for in time', () => {
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

    it('is given up, and given back when it is granted after all', async () => {
      const { ledger, arrive } = await startLate();
      arrive();
      await pass(10);

      expect(ledger.asked).toEqual(['release']);
      expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
    });

    it('is not given back if somebody else has it', async () => {
      const { ledger, arrive } = await startLate();
      ledger.store.claim(ID, 'another process');
      arrive();
      await pass(10);

      expect(ledger.asked).toEqual([]);
    });

    it('is given back later if the ledger is unavailable by then', async () => {
      const { ledger, process, arrive } = await startLate();
      process.probes.answer = away;
      ledger.reach = away;
      arrive();
      await pass(100);
      expect(ledger.store.claim(ID, 'another process')).toBe('in-progress');
      process.probes.answer = ledger.reach = () => Promise.resolve();
      await pass(500);

      expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
    });
  });

  it('that is granted in time is not given back', async () => {
    const { ledger } = await start();
    await pass(5000);

    expect(ledger.asked).toEqual(['claim']);
  });

  it('whose copy gives up while the ledger grants it is given back', async () => {
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

  it('whose completion the ledger does not take is completed at once for the copies that wait', async () => {
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

  it('that was handled is not handled again by a copy that the ledger fails', async () => {
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

  it('is given back like every other that failed while the ledger was unavailable', async () => {
    const { ledger, process, claim } = await start();
    const other = process.claim('archive-2');
    await pass(0);
    process.probes.answer = ledger.reach = away;
    for (const one of [claim, held(other())]) end(one, 'release');
    await pass(0);
    process.probes.answer = ledger.reach = () => Promise.resolve();
    await pass(500);

    expect([ID, 'archive-2'].map((id) => ledger.store.claim(id, 'another process'))).toEqual(['claimed', 'claimed']);
  });

  it('whose claim cannot be given back goes to a copy once that is known', async () => {
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
    async function startAway(lease = Infinity) {
      const ledger = new RemoteLedger(lease);
      ledger.reach = away;
      const process = processOf(ledger);
      process.probes.answer = away;
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

    it('is taken by one copy, for which the others wait', async () => {
      const { ledger, process, claim } = await startAway();
      const copies = [process.hold(), process.claim()];
      await pass(200);
      expect(copies.map((fate) => fate())).toEqual([PENDING, PENDING]);
      const missed = end(claim, 'complete');
      await pass(0);

      expect(missed).toMatchObject([{ name: 'StorageUnavailableError' }]);
      expect(copies.map((fate) => fate())).toEqual([resolvedTo('completed'), resolvedTo('completed')]);
      expect(ledger.asked).toEqual([]);
    });

    it('is not taken again once it was handled, and the ledger is not asked', async () => {
      const { ledger, process, claim } = await startAway();
      end(claim, 'complete');
      const copies = [process.claim(), process.hold()];
      await pass(0);

      expect(copies.map((fate) => fate())).toEqual([resolvedTo('completed'), resolvedTo('completed')]);
      expect(ledger.asked).toEqual([]);
    });

    it('and was handled is recorded when the ledger is back, which from then on knows', async () => {
      const { ledger, process, claim, comeBack } = await startAway();
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

    it('and failed is taken by the next copy, without a word to the ledger', async () => {
      const { ledger, process, claim } = await startAway();
      end(claim, 'release');
      expect(ledger.takeAsked()).toEqual([]);
      const next = process.hold();
      await pass(0);

      expect(held(next())).toBeDefined();
    });

    it('and failed is not given back to a ledger that never knew of it', async () => {
      const { ledger, claim, comeBack } = await startAway();
      end(claim, 'release');
      await comeBack();

      // That of the first claim, which may have been granted, though its answer got lost.
      expect(ledger.asked).toEqual(['release']);
    });

    it('is not renewed in a ledger that never knew of it', async () => {
      const { ledger, comeBack } = await startAway(30);
      await comeBack();
      ledger.takeAsked();
      await pass(60_000);

      expect(ledger.asked).toEqual([]);
    });

    it('and failed goes to one of the copies that wait, without a word to the ledger', async () => {
      const { ledger, process, claim } = await startAway();
      const copies = [process.hold(), process.hold()];
      await pass(0);
      end(claim, 'release');
      await pass(0);

      const [first, second] = copies.map((copy) => copy());
      expect(held(first ?? PENDING)).toBeDefined();
      expect(second).toEqual(PENDING);
      expect(ledger.asked).toEqual([]);
    });

    it('is waited for no longer than its sender waits', async () => {
      const { process } = await startAway();
      const copy = process.hold(ID, AbortSignal.abort());
      await pass(0);

      expect(copy()).toEqual(resolvedTo('abandoned'));
    });
  });

  it('that the ledger grants to a look of a copy whose earlier look was answered too late stays with that copy', async () => {
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

  it('that the ledger grants to a look which arrives after all was over is left to others', async () => {
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

  it('that the ledger granted, though its answer got lost, is given back', async () => {
    const ledger = new AnswerlessLedger();
    const copy = processOf(ledger).claim();
    await pass(0);

    expect(copy()).toMatchObject({ error: { message: 'read ECONNRESET' } });
    expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
  });

  it('that the ledger granted, though its answer got lost, is given back also if that takes more than one attempt', async () => {
    const ledger = new AnswerlessLedger();
    ledger.reach = (operation) => (operation === 'release' ? away() : Promise.resolve());
    processOf(ledger).claim();
    await pass(749);
    expect(ledger.store.claim(ID, 'another process')).toBe('in-progress');
    ledger.reach = () => Promise.resolve();
    await pass(1);

    expect(ledger.store.claim(ID, 'another process')).toBe('claimed');
    expect(jest.getTimerCount()).toBe(0);
  });

  describe('that the ledger grants late, when', () => {
    /** One claim is on its way to the ledger while another copy, for which the ledger failed, is handled. */
    async function startBoth() {
      const ledger = new RemoteLedger();
      const process = processOf(ledger);
      let arrive: () => void = () => undefined;
      ledger.reach = () => new Promise((resolve) => (arrive = resolve));
      const late = process.claim();
      await pass(0);
      const arriveLate = arrive;
      ledger.reach = away;
      const taken = process.hold();
      await pass(0);
      return { ledger, process, late, claim: held(taken()), arrive: arriveLate };
    }

    it('another copy is handled without it, is given back, and the copy waits', async () => {
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

    it('another copy is handled without it, is waited for also if it cannot be given back', async () => {
      const { ledger, late, claim, arrive } = await startBoth();
      arrive();
      await pass(10);
      expect(late()).toEqual(PENDING);
      ledger.reach = () => Promise.resolve();
      end(claim, 'complete');
      await pass(0);

      expect(late()).toEqual(resolvedTo('completed'));
    });

    it('another copy was handled without it, is completed there', async () => {
      const { ledger, late, claim, arrive } = await startBoth();
      end(claim, 'complete');
      ledger.reach = () => Promise.resolve();
      arrive();
      await pass(0);

      expect(late()).toEqual(resolvedTo('completed'));
      expect(ledger.store.claim(ID, 'another process')).toBe('completed');
    });

    it('another copy was handled without it, is kept from others until it is completed there', async () => {
      const { ledger, process, late, claim, arrive } = await startBoth();
      process.probes.answer = away;
      end(claim, 'complete');
      arrive();
      await pass(100);
      expect(late()).toEqual(resolvedTo('completed'));
      expect(ledger.store.claim(ID, 'another process')).toBe('in-progress');
      process.probes.answer = ledger.reach = () => Promise.resolve();
      await pass(1000);

      expect(ledger.store.claim(ID, 'another process')).toBe('completed');
    });

    it('another copy was handled without it, is a duplicate also if nothing reaches the ledger', async () => {
      const { late, claim, arrive } = await startBoth();
      end(claim, 'complete');
      arrive();
      await pass(0);

      expect(late()).toEqual(resolvedTo('completed'));
    });
  });

  describe('with a claim that holds for 30 s', () => {
    const startLeased = () => start(new RemoteLedger(30));

    it('is renewed for its holder every 10 s while it is handled', async () => {
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

    it('is not renewed once it is released', async () => {
      const { ledger, claim } = await startLeased();
      end(claim, 'release');
      await pass(60_000);

      expect(ledger.asked).toEqual(['claim', 'release']);
    });

    it('is not renewed while its completion is on its way', async () => {
      const { ledger, claim } = await startLeased();
      await pass(9000);
      ledger.reach = hanging;
      end(claim, 'complete');
      await pass(20_000);

      expect(ledger.asked).not.toContain('renew');
    });

    it('is claimed anew if the ledger has forgotten it', async () => {
      const { ledger } = await startLeased();
      ledger.store.release(ID, ledger.holders[0] ?? '');
      await pass(10_000);

      expect(ledger.asked).toEqual(['claim', 'renew', 'claim']);
      expect(ledger.store.claim(ID, 'another process')).toBe('in-progress');
      expect(new Set(ledger.holders).size).toBe(1);
    });

    it('is renewed again after a renewal that failed or was not answered', async () => {
      const { ledger } = await startLeased();
      ledger.reach = away;
      await pass(10_000);
      ledger.reach = hanging;
      await pass(10_000);
      ledger.reach = () => Promise.resolve();
      await pass(10_000);

      expect(ledger.asked).toEqual(['claim', 'renew', 'renew', 'renew']);
    });

    it('is not taken back by a renewal that was under way when it was released', async () => {
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

  it('with a claim that holds for ever is not renewed', async () => {
    await start();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('with a claim that holds longer than three timers can wait is not renewed all the time', async () => {
    const { ledger } = await start(new RemoteLedger(10_000_000));
    await pass(60_000);
    expect(ledger.asked).toEqual(['claim']);
  });
});
