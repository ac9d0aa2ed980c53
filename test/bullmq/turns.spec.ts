import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Turns } from '../../lib/bullmq/turns.js';

/** Asks for turns, and notes who has one. */
class Asking {
  readonly turns = new Turns();
  readonly begun: string[] = [];
  readonly refused: string[] = [];

  async ask(name: string, isAlone = false): Promise<void> {
    const list = (await this.turns.take(isAlone)) ? this.begun : this.refused;
    list.push(name);
  }

  async settled(): Promise<string[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.begun;
  }
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('Turns', () => {
  it('lets several run beside each other', async () => {
    const asking = new Asking();
    void asking.ask('a');
    void asking.ask('b');

    expect(await asking.settled()).toEqual(['a', 'b']);
  });

  it('lets one run alone, and those that come after it wait for its end', async () => {
    const asking = new Asking();
    void asking.ask('alone', true);
    void asking.ask('a');
    expect(await asking.settled()).toEqual(['alone']);

    asking.turns.end();
    expect(await asking.settled()).toEqual(['alone', 'a']);
  });

  it('lets others pass one that waits to run alone, for 30 s', async () => {
    const asking = new Asking();
    void asking.ask('long');
    void asking.ask('alone', true);
    void asking.ask('also alone', true);
    jest.advanceTimersByTime(29_999);
    void asking.ask('passing');
    expect(await asking.settled()).toEqual(['long', 'passing']);
    asking.turns.end();

    jest.advanceTimersByTime(1);
    void asking.ask('late');
    expect(await asking.settled()).toEqual(['long', 'passing']);

    asking.turns.end();
    expect(await asking.settled()).toEqual(['long', 'passing', 'alone']);
    asking.turns.end();
    asking.turns.end();
    expect(await asking.settled()).toEqual(['long', 'passing', 'alone', 'also alone', 'late']);
  });

  it('lets one run alone as soon as nothing runs, also while others may pass it', async () => {
    const asking = new Asking();
    void asking.ask('a');
    void asking.ask('alone', true);
    void asking.ask('b');
    asking.turns.end();
    asking.turns.end();

    expect(await asking.settled()).toEqual(['a', 'b', 'alone']);
  });

  it('lets others run between two that run alone', async () => {
    const asking = new Asking();
    void asking.ask('first', true);
    void asking.ask('a');
    void asking.ask('second', true);
    asking.turns.end();
    expect(await asking.settled()).toEqual(['first', 'a']);

    asking.turns.end();
    expect(await asking.settled()).toEqual(['first', 'a', 'second']);
  });

  it('gives no turn once it is closed', async () => {
    const asking = new Asking();
    void asking.ask('a');
    void asking.ask('alone', true);
    asking.turns.close();
    void asking.ask('b');
    asking.turns.end();

    expect(await asking.settled()).toEqual(['a']);
    expect(asking.refused).toEqual(['alone', 'b']);
  });
});
