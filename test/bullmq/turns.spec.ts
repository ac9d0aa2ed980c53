import { describe, expect, it } from '@jest/globals';
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

describe('Turns', () => {
  it('lets several run beside each other', async () => {
    const asking = new Asking();
    void asking.ask('a');
    void asking.ask('b');

    expect(await asking.settled()).toEqual(['a', 'b']);
  });

  it('lets one run alone, when those before it have ended and before those after it begin', async () => {
    const asking = new Asking();
    void asking.ask('a');
    void asking.ask('alone', true);
    void asking.ask('b');
    expect(await asking.settled()).toEqual(['a']);

    asking.turns.end();
    expect(await asking.settled()).toEqual(['a', 'alone']);

    asking.turns.end();
    expect(await asking.settled()).toEqual(['a', 'alone', 'b']);
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
