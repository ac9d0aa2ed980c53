import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type AloneTerms, type Turn, Turns } from '../../lib/bullmq/turns.js';

const WAIT_MS = 10_000;
const ALONE_MS = 30_000;

/** Asks for turns, and notes who has one. */
class Asking {
  readonly turns = new Turns();
  /** What runs alone at first is in capitals. */
  readonly begun: string[] = [];
  readonly refused: string[] = [];
  readonly over: string[] = [];
  private readonly given = new Map<string, Turn>();

  ask(name: string): void {
    void this.take(name);
  }

  askAlone(name: string): void {
    void this.take(name, { waitMs: WAIT_MS, aloneMs: ALONE_MS, onOver: () => this.over.push(name) });
  }

  end(name: string): void {
    this.given.get(name)?.end();
  }

  /** What has begun once a time in ms has passed. */
  async after(ms = 0): Promise<string[]> {
    await jest.advanceTimersByTimeAsync(ms);
    return this.begun;
  }

  private async take(name: string, terms?: AloneTerms): Promise<void> {
    const turn = await this.turns.take(terms);
    if (turn === undefined) {
      this.refused.push(name);
      return;
    }
    this.given.set(name, turn);
    this.begun.push(turn.isAlone ? name.toUpperCase() : name);
  }
}

let asking: Asking;

beforeEach(() => {
  jest.useFakeTimers();
  asking = new Asking();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('Turns', () => {
  it('lets several run beside each other', async () => {
    asking.ask('a');
    asking.ask('b');

    expect(await asking.after()).toEqual(['a', 'b']);
  });

  it('lets one run alone, when those before it have ended and before those after it begin', async () => {
    asking.ask('a');
    asking.askAlone('alone');
    asking.ask('b');
    expect(await asking.after(WAIT_MS - 1)).toEqual(['a']);

    asking.end('a');
    expect(await asking.after(ALONE_MS - 1)).toEqual(['a', 'ALONE']);

    asking.end('alone');
    expect(await asking.after(ALONE_MS)).toEqual(['a', 'ALONE', 'b']);
    expect(asking.over).toEqual([]);
  });

  it('lets others run between two that run alone', async () => {
    asking.askAlone('first');
    asking.ask('a');
    asking.askAlone('second');
    await asking.after();
    asking.end('first');
    expect(await asking.after()).toEqual(['FIRST', 'a']);

    asking.end('a');
    expect(await asking.after()).toEqual(['FIRST', 'a', 'SECOND']);
  });

  it('lets all that wait to run alone run beside one that does not end', async () => {
    asking.ask('endless');
    asking.askAlone('first');
    asking.askAlone('second');
    asking.ask('a');
    expect(await asking.after(WAIT_MS - 1)).toEqual(['endless']);

    expect(await asking.after(1)).toEqual(['endless', 'first', 'second', 'a']);
  });

  it('lets others begin when one has run alone for long, and says so', async () => {
    asking.askAlone('endless');
    asking.ask('a');
    expect(await asking.after(ALONE_MS - 1)).toEqual(['ENDLESS']);
    expect(asking.over).toEqual([]);

    expect(await asking.after(1)).toEqual(['ENDLESS', 'a']);
    expect(asking.over).toEqual(['endless']);
  });

  it('does not wait for what has run alone for long, also when that ends', async () => {
    asking.askAlone('endless');
    asking.askAlone('next');
    asking.ask('a');
    expect(await asking.after(ALONE_MS)).toEqual(['ENDLESS', 'NEXT']);

    asking.end('endless');
    expect(await asking.after()).toEqual(['ENDLESS', 'NEXT']);

    asking.end('next');
    expect(await asking.after()).toEqual(['ENDLESS', 'NEXT', 'a']);
  });

  it('counts the wait for others from when the one that ran alone has ended', async () => {
    asking.askAlone('first');
    asking.ask('a');
    asking.askAlone('second');
    await asking.after(2 * WAIT_MS);
    asking.end('first');
    expect(await asking.after(WAIT_MS - 1)).toEqual(['FIRST', 'a']);

    asking.end('a');
    expect(await asking.after()).toEqual(['FIRST', 'a', 'SECOND']);
  });

  it('gives no turn once it is closed, and leaves no timer', async () => {
    asking.ask('a');
    asking.askAlone('alone');
    asking.turns.close();
    asking.ask('b');
    await asking.after();
    asking.end('a');

    expect(await asking.after()).toEqual(['a']);
    expect(asking.refused).toEqual(['alone', 'b']);
    expect(jest.getTimerCount()).toBe(0);
  });
});
