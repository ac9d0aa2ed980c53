import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { type ClaimAnswer, ClaimWaiter, type HeldClaim } from '../../../lib/delivery/ledger/claim-waiter.js';
import { useFakeTimers } from '../../support/clock.js';
import { fateOf, PENDING, resolvedTo } from '../../support/fate.js';

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

/** A ledger that answers as a test says, and keeps when it was asked. */
class AskedLedger {
  readonly looks: { readonly id: string; readonly at: number }[] = [];
  /** How often a claim was given back. */
  releases = 0;
  readonly granted: HeldClaim = { complete: () => undefined, release: () => (this.releases += 1) };
  answer: () => ClaimAnswer | Promise<ClaimAnswer> = () => 'in-progress';
  private readonly startedAt = jest.now();

  async claim(id: string): Promise<ClaimAnswer> {
    this.looks.push({ id, at: jest.now() - this.startedAt });
    return this.answer();
  }

  get times(): number[] {
    return this.looks.map(({ at }) => at);
  }
}

/** Somebody who waits, and may hang up. */
function waiting(waiter: ClaimWaiter, id = 'archive-1') {
  const sender = new AbortController();
  const told = fateOf(waiter.wait(id, sender.signal));
  return {
    told,
    hangUp: () => {
      sender.abort();
    },
    listeners: () => getEventListeners(sender.signal, 'abort').length,
  };
}

describe('copies that wait for a callback', () => {
  useFakeTimers();

  function start(timeout = 60_000) {
    const ledger = new AskedLedger();
    const waiter = new ClaimWaiter(
      (id) => ledger.claim(id),
      timeout,
      () => undefined,
    );
    return { ledger, waiter, wait: (id?: string) => waiting(waiter, id) };
  }

  it('look at the ledger in pauses that double up to a second', async () => {
    const { ledger, wait } = start();
    wait();
    await pass(4600);

    expect(ledger.times).toEqual([50, 150, 350, 750, 1550, 2550, 3550, 4550]);
  });

  it('look once for all, however many they are', async () => {
    const { ledger, wait } = start();
    for (let copy = 0; copy < 3; copy += 1) wait();
    await pass(200);

    expect(ledger.looks).toEqual([
      { id: 'archive-1', at: 50 },
      { id: 'archive-1', at: 150 },
    ]);
  });

  it('all learn that it is completed, and nobody looks any more', async () => {
    const { ledger, wait } = start();
    const copies = [wait(), wait(), wait()];
    ledger.answer = () => 'completed';
    await pass(50);

    expect(copies.map(({ told }) => told())).toEqual(Array(3).fill(resolvedTo('completed')));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('go on waiting when the first of them has its turn', async () => {
    const { ledger, wait } = start();
    const [first, second] = [wait(), wait()];
    ledger.answer = () => ledger.granted;
    await pass(50);
    expect([first.told(), second.told()]).toEqual([resolvedTo(ledger.granted), PENDING]);
    ledger.answer = () => 'in-progress';
    await pass(100);

    expect(second.told()).toEqual(PENDING);
    expect(ledger.looks.at(-1)).toEqual({ id: 'archive-1', at: 150 });
    expect(ledger.releases).toBe(0);
  });

  it('look apart from those of another callback', async () => {
    const { ledger, wait } = start();
    const one = wait();
    await pass(30);
    const another = wait('archive-2');
    await pass(20);
    expect(ledger.looks).toEqual([{ id: 'archive-1', at: 50 }]);
    ledger.answer = () => 'completed';
    await pass(30);

    expect(ledger.looks.at(-1)).toEqual({ id: 'archive-2', at: 80 });
    expect([one.told(), another.told()]).toEqual([PENDING, resolvedTo('completed')]);
  });

  it('give up when their time is over, and not before', async () => {
    const { wait } = start(3000);
    const first = wait();
    await pass(2000);
    const second = wait();
    await pass(999);
    expect(first.told()).toEqual(PENDING);
    await pass(1);
    expect([first.told(), second.told()]).toEqual([resolvedTo('timed-out'), PENDING]);
    await pass(2000);

    expect(second.told()).toEqual(resolvedTo('timed-out'));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('give up when their sender hangs up', async () => {
    const { wait } = start();
    const [first, second] = [wait(), wait()];
    first.hangUp();
    await pass(0);
    expect([first.told(), second.told()]).toEqual([resolvedTo('abandoned'), PENDING]);
    second.hangUp();
    await pass(0);

    expect(second.told()).toEqual(resolvedTo('abandoned'));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('do not begin to wait if their sender has hung up before', async () => {
    const { ledger, waiter } = start();
    const told = fateOf(waiter.wait('archive-1', AbortSignal.abort()));
    await pass(100);

    expect(told()).toEqual(resolvedTo('abandoned'));
    expect(ledger.looks).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('stop listening for the end of their connection when they have an answer', async () => {
    const { ledger, wait } = start();
    const copy = wait();
    expect(copy.listeners()).toBe(1);
    ledger.answer = () => 'completed';
    await pass(50);

    expect(copy.listeners()).toBe(0);
  });

  it('begin anew with a short pause when those before them are gone', async () => {
    const { ledger, wait } = start();
    const before = wait();
    await pass(400);
    before.hangUp();
    wait();
    await pass(60);

    expect(ledger.looks.at(-1)).toEqual({ id: 'archive-1', at: 450 });
  });

  it('join those who wait already, whatever their pause', async () => {
    const { ledger, wait } = start();
    const first = wait();
    await pass(400);
    const second = wait();
    first.hangUp();
    await pass(349);
    expect(ledger.times).toEqual([50, 150, 350]);
    await pass(1);

    expect(ledger.looks.at(-1)).toEqual({ id: 'archive-1', at: 750 });
    expect(second.told()).toEqual(PENDING);
  });

  describe('while the ledger is unavailable', () => {
    it('go on waiting, and look again after the next pause', async () => {
      const { ledger, wait } = start();
      const copy = wait();
      ledger.answer = () => Promise.reject(new Error('gone'));
      await pass(50);
      expect(copy.told()).toEqual(PENDING);
      ledger.answer = () => 'completed';
      await pass(100);

      expect(copy.told()).toEqual(resolvedTo('completed'));
      expect(ledger.times).toEqual([50, 150]);
    });

    /** Copies that take the callback without the ledger, if this process is not handling it. */
    function startTaking({ taken = true } = {}) {
      const ledger = new AskedLedger();
      ledger.answer = () => Promise.reject(new Error('gone'));
      const take = jest.fn((id: string) => (taken && id === 'archive-1' ? ledger.granted : undefined));
      const waiter = new ClaimWaiter((id) => ledger.claim(id), 60_000, take);
      return { ledger, waiter, take, copies: [waiting(waiter), waiting(waiter)] as const };
    }

    it('do not take a callback that nobody here has released', async () => {
      const { waiter, take, copies } = startTaking();
      await pass(50);
      waiter.wake('archive-1');
      await pass(1000);

      expect(take).not.toHaveBeenCalled();
      expect(copies.map(({ told }) => told())).toEqual([PENDING, PENDING]);
    });

    it('take one that was released here, once', async () => {
      const { ledger, waiter, take, copies } = startTaking();
      waiter.wake('archive-1', true);
      await pass(1000);

      expect(copies.map(({ told }) => told())).toEqual([resolvedTo(ledger.granted), PENDING]);
      expect(take.mock.calls).toEqual([['archive-1']]);
    });

    it('do not take one that was released here, if another process has claimed it since', async () => {
      const { ledger, waiter, take } = startTaking();
      ledger.answer = () => 'in-progress';
      waiter.wake('archive-1', true);
      await pass(10);
      ledger.answer = () => Promise.reject(new Error('gone'));
      await pass(1000);

      expect(take).not.toHaveBeenCalled();
    });

    it('take one that is released here while the ledger is asked, if it fails then', async () => {
      const { ledger, waiter, take } = startTaking();
      let answer: (state: 'in-progress') => void = () => undefined;
      ledger.answer = () => new Promise((resolve) => (answer = resolve));
      waiter.wake('archive-1');
      await pass(0);
      ledger.answer = () => Promise.reject(new Error('gone'));
      waiter.wake('archive-1', true);
      answer('in-progress');
      await pass(0);

      expect(take.mock.calls).toEqual([['archive-1']]);
    });

    it('go on waiting if another copy has taken it', async () => {
      const { waiter, take, copies } = startTaking({ taken: false });
      waiter.wake('archive-1', true);
      await pass(1000);

      expect(take).toHaveBeenCalledTimes(1);
      expect(copies.map(({ told }) => told())).toEqual([PENDING, PENDING]);
    });

    it('take nothing if all have given up meanwhile', async () => {
      const { ledger, waiter, take, copies } = startTaking();
      let fail: (error: Error) => void = () => undefined;
      ledger.answer = () => new Promise((_, reject) => (fail = reject));
      waiter.wake('archive-1', true);
      await pass(0);
      for (const copy of copies) copy.hangUp();
      fail(new Error('gone'));
      await pass(0);

      expect(take).not.toHaveBeenCalled();
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  describe('that are woken', () => {
    it('look at once, and after the next pause again', async () => {
      const { ledger, waiter, wait } = start();
      wait();
      await pass(20);
      waiter.wake('archive-1');
      await pass(200);

      expect(ledger.times).toEqual([20, 120]);
    });

    it('look at their own callback only', async () => {
      const { ledger, waiter, wait } = start();
      wait();
      waiter.wake('archive-2');
      await pass(40);

      expect(ledger.looks).toEqual([]);
    });

    it('ask the ledger exactly once more if they are woken several times while it is asked', async () => {
      const { ledger, waiter, wait } = start();
      const answers: ((answer: ClaimAnswer) => void)[] = [];
      ledger.answer = () => new Promise((resolve) => answers.push(resolve));
      const copy = wait();
      await pass(50);
      for (let time = 0; time < 3; time += 1) waiter.wake('archive-1');
      await pass(0);
      expect(ledger.looks).toHaveLength(1);
      answers.at(-1)?.('in-progress');
      await pass(0);
      expect(ledger.looks).toHaveLength(2);
      answers.at(-1)?.('in-progress');
      await pass(99);
      expect(ledger.looks).toHaveLength(2);
      await pass(1);
      expect(ledger.looks).toHaveLength(3);
      answers.at(-1)?.('completed');
      await pass(0);

      expect(copy.told()).toEqual(resolvedTo('completed'));
      expect(jest.getTimerCount()).toBe(0);
    });

    it('do not ask again if the answer ended the wait of the last one', async () => {
      const { ledger, waiter, wait } = start();
      let answer: (answered: ClaimAnswer) => void = () => undefined;
      ledger.answer = () => new Promise((resolve) => (answer = resolve));
      wait();
      await pass(50);
      waiter.wake('archive-1');
      answer('completed');
      await pass(1000);

      expect(ledger.looks).toHaveLength(1);
    });
  });

  describe('of which some give up while the ledger is asked', () => {
    function startAsked() {
      const { ledger, wait } = start();
      let answer: (answered: ClaimAnswer) => void = () => undefined;
      ledger.answer = () => new Promise((resolve) => (answer = resolve));
      const copies = [wait(), wait()] as const;
      const grant = async (): Promise<void> => {
        answer(ledger.granted);
        await pass(0);
      };
      return { ledger, copies, grant };
    }

    it('give the claim to one that is left', async () => {
      const { ledger, copies, grant } = startAsked();
      await pass(50);
      copies[0].hangUp();
      await grant();

      expect(copies.map(({ told }) => told())).toEqual([resolvedTo('abandoned'), resolvedTo(ledger.granted)]);
      expect(ledger.releases).toBe(0);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('give the claim back if none is left', async () => {
      const { ledger, copies, grant } = startAsked();
      await pass(50);
      for (const copy of copies) copy.hangUp();
      await grant();

      expect(copies.map(({ told }) => told())).toEqual([resolvedTo('abandoned'), resolvedTo('abandoned')]);
      expect(ledger.releases).toBe(1);
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
