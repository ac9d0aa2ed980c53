import { describe, expect, it, jest } from '@jest/globals';
import { UntoldOperations } from '../../lib/delivery/untold-operations.js';
import { useFakeTimers } from '../support/clock.js';
import { away } from './remote-ledger.js';

const MOST = 100_000;

describe('what a ledger could not be told of', () => {
  useFakeTimers();

  function start() {
    const told: string[] = [];
    const ledger = {
      answer: () => Promise.resolve(),
      complete(id: string): Promise<void> {
        told.push(`${id} completed`);
        return this.answer();
      },
      release(id: string, holder: string): Promise<void> {
        told.push(`${id} released by ${holder}`);
        return this.answer();
      },
    };
    let answers = 0;
    return { ledger, told, untold: new UntoldOperations(ledger, () => (answers += 1)), answers: () => answers };
  }

  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

  it('is told after a moment, and only once', async () => {
    const { told, untold, answers } = start();
    untold.addCompleted('a');
    untold.addReleased('b', 'holder 1');
    untold.addReleased('b', 'holder 2');
    expect(untold.hasCompleted('a')).toBe(true);
    await pass(249);
    expect(told).toEqual([]);
    await pass(20_000);

    expect(told).toEqual(['a completed', 'b released by holder 1', 'b released by holder 2']);
    expect(untold.hasCompleted('a')).toBe(false);
    expect(answers()).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is told from where the ledger stopped to answer', async () => {
    const { ledger, told, untold, answers } = start();
    for (const id of ['a', 'b', 'c']) untold.addCompleted(id);
    ledger.answer = () => (told.length === 2 ? away() : Promise.resolve());
    await pass(250);
    expect(told).toEqual(['a completed', 'b completed']);
    expect(answers()).toBe(0);
    await pass(500);

    expect(told.slice(2)).toEqual(['b completed', 'c completed']);
  });

  it('is told in short pauses again after the ledger was back', async () => {
    const { ledger, told, untold } = start();
    ledger.answer = away;
    untold.addReleased('a', 'holder');
    await pass(5000);
    ledger.answer = () => Promise.resolve();
    await pass(5000);
    told.length = 0;
    untold.addReleased('b', 'holder');
    await pass(250);

    expect(told).toEqual(['b released by holder']);
  });

  it('is told also if it is added while the last of it is being told', async () => {
    const { ledger, told, untold } = start();
    untold.addReleased('a', 'holder');
    ledger.answer = () => {
      if (told.length === 1) untold.addCompleted('b');
      return Promise.resolve();
    };
    await pass(500);

    expect(told).toEqual(['a released by holder', 'b completed']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is not told of a callback that the ledger has learnt of meanwhile', async () => {
    const { told, untold } = start();
    untold.addCompleted('a');
    untold.forgetCompleted('a');
    await pass(250);

    expect(told).toEqual([]);
  });

  it(`is the latest of ${MOST} callbacks, and of as many claims`, async () => {
    const { told, untold } = start();
    for (let nth = 0; nth <= MOST; nth += 1) {
      untold.addCompleted(`callback ${nth}`);
      untold.addReleased('a', `holder ${nth}`);
    }
    expect([untold.hasCompleted('callback 0'), untold.hasCompleted('callback 1')]).toEqual([false, true]);
    // What is added again becomes the latest.
    for (const id of ['callback 2', 'another', 'a third']) untold.addCompleted(id);
    expect([untold.hasCompleted('callback 2'), untold.hasCompleted('callback 3')]).toEqual([true, false]);
    await pass(250);

    expect(told).toHaveLength(2 * MOST);
    expect(told).not.toContain('a released by holder 0');
  });
});
