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
  const ended = fateOf(waiter.wait(id, sender.signal));
  return {
    ended,
    hangUp: () => {
      sender.abort();
    },
    listeners: () => getEventListeners(sender.signal, 'abort').length,
  };
}

describe('ClaimWaiter', () => {
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

  it('asks the ledger in pauses that double up to a second', async () => {
    const { ledger, wait } = start();
    wait();
    await pass(4600);

    expect(ledger.times).toEqual([50, 150, 350, 750, 1550, 2550, 3550, 4550]);
  });

  it('asks once for all waiting copies', async () => {
    const { ledger, wait } = start();
    for (let copy = 0; copy < 3; copy += 1) wait();
    await pass(200);

    expect(ledger.looks).toEqual([
      { id: 'archive-1', at: 50 },
      { id: 'archive-1', at: 150 },
    ]);
  });

  it('ends all waits when the callback is completed, and asks no more', async () => {
    const { ledger, wait } = start();
    const copies = [wait(), wait(), wait()];
    ledger.answer = () => 'completed';
    await pass(50);

    expect(copies.map(({ ended }) => ended())).toEqual(Array(3).fill(resolvedTo('completed')));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives a free callback to the first copy, and lets the others wait on', async () => {
    const { ledger, wait } = start();
    const [first, second] = [wait(), wait()];
    ledger.answer = () => ledger.granted;
    await pass(50);
    expect([first.ended(), second.ended()]).toEqual([resolvedTo(ledger.granted), PENDING]);
    ledger.answer = () => 'in-progress';
    await pass(100);

    expect(second.ended()).toEqual(PENDING);
    expect(ledger.looks.at(-1)).toEqual({ id: 'archive-1', at: 150 });
    expect(ledger.releases).toBe(0);
  });

  it('asks for each callback separately', async () => {
    const { ledger, wait } = start();
    const one = wait();
    await pass(30);
    const another = wait('archive-2');
    await pass(20);
    expect(ledger.looks).toEqual([{ id: 'archive-1', at: 50 }]);
    ledger.answer = () => 'completed';
    await pass(30);

    expect(ledger.looks.at(-1)).toEqual({ id: 'archive-2', at: 80 });
    expect([one.ended(), another.ended()]).toEqual([PENDING, resolvedTo('completed')]);
  });

  it('ends a wait after duplicateTimeout, not earlier', async () => {
    const { wait } = start(3000);
    const first = wait();
    await pass(2000);
    const second = wait();
    await pass(999);
    expect(first.ended()).toEqual(PENDING);
    await pass(1);
    expect([first.ended(), second.ended()]).toEqual([resolvedTo('timed-out'), PENDING]);
    await pass(2000);

    expect(second.ended()).toEqual(resolvedTo('timed-out'));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends a wait when the sender hangs up', async () => {
    const { wait } = start();
    const [first, second] = [wait(), wait()];
    first.hangUp();
    await pass(0);
    expect([first.ended(), second.ended()]).toEqual([resolvedTo('abandoned'), PENDING]);
    second.hangUp();
    await pass(0);

    expect(second.ended()).toEqual(resolvedTo('abandoned'));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('starts no wait for a sender that has hung up', async () => {
    const { ledger, waiter } = start();
    const ended = fateOf(waiter.wait('archive-1', AbortSignal.abort()));
    await pass(100);

    expect(ended()).toEqual(resolvedTo('abandoned'));
    expect(ledger.looks).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('stops listening for a hang-up when a wait ends', async () => {
    const { ledger, wait } = start();
    const copy = wait();
    expect(copy.listeners()).toBe(1);
    ledger.answer = () => 'completed';
    await pass(50);

    expect(copy.listeners()).toBe(0);
  });

  it('starts with a short pause again when no copy waits any more', async () => {
    const { ledger, wait } = start();
    const before = wait();
    await pass(400);
    before.hangUp();
    wait();
    await pass(60);

    expect(ledger.looks.at(-1)).toEqual({ id: 'archive-1', at: 450 });
  });

  it('adds a copy to those that wait, without changing their pause', async () => {
    const { ledger, wait } = start();
    const first = wait();
    await pass(400);
    const second = wait();
    first.hangUp();
    await pass(349);
    expect(ledger.times).toEqual([50, 150, 350]);
    await pass(1);

    expect(ledger.looks.at(-1)).toEqual({ id: 'archive-1', at: 750 });
    expect(second.ended()).toEqual(PENDING);
  });

  describe('while the ledger is unavailable', () => {
    it('lets copies wait on, and asks again after the next pause', async () => {
      const { ledger, wait } = start();
      const copy = wait();
      ledger.answer = () => Promise.reject(new Error('gone'));
      await pass(50);
      expect(copy.ended()).toEqual(PENDING);
      ledger.answer = () => 'completed';
      await pass(100);

      expect(copy.ended()).toEqual(resolvedTo('completed'));
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

    it('gives no copy a callback that this process has not released', async () => {
      const { waiter, take, copies } = startTaking();
      await pass(50);
      waiter.wake('archive-1');
      await pass(1000);

      expect(take).not.toHaveBeenCalled();
      expect(copies.map(({ ended }) => ended())).toEqual([PENDING, PENDING]);
    });

    it('gives a callback that this process has released to one copy', async () => {
      const { ledger, waiter, take, copies } = startTaking();
      waiter.wake('archive-1', true);
      await pass(1000);

      expect(copies.map(({ ended }) => ended())).toEqual([resolvedTo(ledger.granted), PENDING]);
      expect(take.mock.calls).toEqual([['archive-1']]);
    });

    it('does not give a released callback that another process has claimed since', async () => {
      const { ledger, waiter, take } = startTaking();
      ledger.answer = () => 'in-progress';
      waiter.wake('archive-1', true);
      await pass(10);
      ledger.answer = () => Promise.reject(new Error('gone'));
      await pass(1000);

      expect(take).not.toHaveBeenCalled();
    });

    it('gives a callback that is released during a question which then fails', async () => {
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

    it('lets copies wait on if another copy has taken the callback', async () => {
      const { waiter, take, copies } = startTaking({ taken: false });
      waiter.wake('archive-1', true);
      await pass(1000);

      expect(take).toHaveBeenCalledTimes(1);
      expect(copies.map(({ ended }) => ended())).toEqual([PENDING, PENDING]);
    });

    it('takes nothing if all copies have given up meanwhile', async () => {
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

  describe('when woken', () => {
    it('asks at once, and again after the next pause', async () => {
      const { ledger, waiter, wait } = start();
      wait();
      await pass(20);
      waiter.wake('archive-1');
      await pass(200);

      expect(ledger.times).toEqual([20, 120]);
    });

    it('asks for the woken callback only', async () => {
      const { ledger, waiter, wait } = start();
      wait();
      waiter.wake('archive-2');
      await pass(40);

      expect(ledger.looks).toEqual([]);
    });

    it('asks exactly once more if it is woken several times during a question', async () => {
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

      expect(copy.ended()).toEqual(resolvedTo('completed'));
      expect(jest.getTimerCount()).toBe(0);
    });

    it('asks no more if the answer ended the last wait', async () => {
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

  describe('when copies give up during a question', () => {
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

    it('gives the claim to a copy that still waits', async () => {
      const { ledger, copies, grant } = startAsked();
      await pass(50);
      copies[0].hangUp();
      await grant();

      expect(copies.map(({ ended }) => ended())).toEqual([resolvedTo('abandoned'), resolvedTo(ledger.granted)]);
      expect(ledger.releases).toBe(0);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('releases the claim if no copy waits any more', async () => {
      const { ledger, copies, grant } = startAsked();
      await pass(50);
      for (const copy of copies) copy.hangUp();
      await grant();

      expect(copies.map(({ ended }) => ended())).toEqual([resolvedTo('abandoned'), resolvedTo('abandoned')]);
      expect(ledger.releases).toBe(1);
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
