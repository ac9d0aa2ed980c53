import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LookupBudget, type LookupLimits } from '../../lib/secrets/lookup-budget.js';
import { useStoppedTimers } from '../support/clock.js';

interface Call {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly answer: (text: string) => void;
  readonly fail: (error: Error) => void;
}

/** A budget whose calls end when the test says so. */
function budget(limits: Partial<LookupLimits>, timeoutMs = 50) {
  const lookups = new LookupBudget<string>({ concurrency: 1, waiting: 10, unfinished: 10, ...limits }, timeoutMs);
  const calls: Call[] = [];
  const ended = new Map<string, string>();
  return {
    calls,
    /** How lookups ended, by name. */
    ended,
    /** The names that were asked for, in order. */
    asked: () => calls.map(({ name }) => name).join(''),
    lookUp: async (names: string): Promise<void> => {
      for (const name of names) {
        lookups
          .lookUp(
            name,
            (signal) =>
              new Promise((answer, fail) => {
                calls.push({ name, signal, answer, fail });
              }),
          )
          .then(
            (answer) => ended.set(name, answer),
            (error: unknown) => ended.set(name, String(error)),
          );
      }
      await nextTurn();
    },
    answer: async (name: string): Promise<void> => {
      calls.findLast((call) => call.name === name)?.answer(`secret of ${name}`);
      await nextTurn();
    },
  };
}

describe('a budget for lookups', () => {
  const stopTimers = useStoppedTimers();

  it('runs as many calls at once as it may', async () => {
    stopTimers();
    const { asked, lookUp } = budget({ concurrency: 2 });
    await lookUp('abcd');

    expect(asked()).toBe('ab');
  });

  it('runs the latest of those that wait next, and no more than before', async () => {
    stopTimers();
    const { asked, lookUp, answer, ended } = budget({ concurrency: 2 });
    await lookUp('abcd');
    await answer('a');
    expect(asked()).toBe('abd');
    await lookUp('e');
    await answer('b');
    expect(asked()).toBe('abde');
    await answer('e');
    await answer('d');
    await answer('c');
    expect(asked()).toBe('abdec');
    expect([...ended.keys()].join('')).toBe('abedc');

    await lookUp('fgh');
    expect(asked()).toBe('abdecfg');
  });

  it('refuses the one that waits for longest when too many wait', async () => {
    stopTimers();
    const { asked, lookUp, answer, ended } = budget({ waiting: 2 });
    await lookUp('abcde');

    const refused = 'SecretsUnavailableError: more than 2 lookups of signature secrets are waiting';
    expect([...ended]).toEqual([
      ['b', refused],
      ['c', refused],
    ]);
    for (const name of 'aed') await answer(name);
    expect(asked()).toBe('aed');
  });

  it('asks once for a name, however many look it up', async () => {
    stopTimers();
    const { asked, lookUp, answer, ended } = budget({ concurrency: 3 });
    await lookUp('aaa');
    expect(asked()).toBe('a');
    await answer('a');
    expect(ended.get('a')).toBe('secret of a');

    await lookUp('a');
    expect(asked()).toBe('aa');
  });

  it('counts a lookup that is joined while it waits as the latest', async () => {
    stopTimers();
    const { asked, lookUp, answer, ended } = budget({ waiting: 3 });
    await lookUp('abcdbe');
    expect([...ended.keys()].join('')).toBe('c');
    await lookUp('b');
    await answer('a');

    expect(asked()).toBe('ab');
  });

  it('gives up when the time is over, waiting included, and runs the next', async () => {
    const timers = stopTimers();
    const { asked, calls, lookUp, answer, ended } = budget({});
    await lookUp('ab');
    timers.forward(0.04);
    await lookUp('c');
    timers.forward(0.01);
    await nextTurn();

    expect([...ended]).toEqual(Array.from('ab', (name) => [name, 'SecretsUnavailableError: no answer within 0.05 s']));
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(asked()).toBe('ac');
    await answer('c');
    expect(ended.get('c')).toBe('secret of c');
    expect(timers.count).toBe(0);

    // Nobody waits for b any more: its turn is not waited for either.
    await lookUp('d');
    expect(asked()).toBe('acd');
  });

  it('lets a caller wait for less long than the lookup may take, which goes on', async () => {
    const timers = stopTimers();
    const lookups = new LookupBudget<string>({ concurrency: 1, waiting: 1, unfinished: 1 }, 50);
    let answer: (text: string) => void = () => undefined;
    const ask = () =>
      new Promise<string>((resolve) => {
        answer = resolve;
      });
    const patient = lookups.lookUp('a', ask);
    const hurried = lookups.lookUp('a', ask, 20);
    const inTime = lookups.lookUp('a', ask, 40);
    timers.forward(0.02);
    await expect(hurried).rejects.toThrow('no answer within 0.05 s');
    answer('secret of a');

    expect([await patient, await inTime]).toEqual(['secret of a', 'secret of a']);
    expect(timers.count).toBe(0);
  });

  it('gives the place of a call that failed to the next, and keeps its error', async () => {
    const { asked, calls, lookUp, ended } = budget({});
    await lookUp('ab');
    calls[0]?.fail(new RangeError('sealed'));
    await nextTurn();

    expect(ended.get('a')).toBe('RangeError: sealed');
    expect(asked()).toBe('ab');
  });

  it('lets a call that took too long end late without harm', async () => {
    const timers = stopTimers();
    const { asked, calls, lookUp, ended } = budget({ concurrency: 2 });
    await lookUp('ab');
    timers.forward(0.05);
    await nextTurn();
    calls[0]?.fail(new Error('too late'));
    calls[1]?.answer('too late');
    await lookUp('cde');

    expect(asked()).toBe('abcd');
    expect([...ended.keys()].join('')).toBe('ab');
  });

  describe('of which too many calls never end', () => {
    const NOT_ENDED = 'SecretsUnavailableError: 2 lookups of signature secrets have not ended';

    const exhausted = async () => {
      const timers = stopTimers();
      const lookups = budget({ concurrency: 2, unfinished: 2 });
      await lookups.lookUp('ab');
      timers.forward(0.05);
      await nextTurn();
      lookups.ended.clear();
      return { ...lookups, timers };
    };

    it('refuses at once', async () => {
      const { asked, lookUp, ended } = await exhausted();
      await lookUp('cd');

      expect([...ended]).toEqual([
        ['c', NOT_ENDED],
        ['d', NOT_ENDED],
      ]);
      expect(asked()).toBe('ab');
    });

    it('tries one after twice the time limit, and the next as long after that', async () => {
      const { asked, lookUp, timers } = await exhausted();
      timers.forward(0.049);
      await lookUp('c');
      expect(asked()).toBe('ab');
      timers.forward(0.001);
      await lookUp('de');
      expect(asked()).toBe('abd');
      timers.forward(0.099);
      await lookUp('f');
      expect(asked()).toBe('abd');
      timers.forward(0.001);
      await lookUp('g');
      expect(asked()).toBe('abdg');
    });

    it('tries one after the other while they are answered', async () => {
      const { asked, lookUp, answer, timers, ended } = await exhausted();
      timers.forward(0.05);
      for (const name of 'cdef') {
        await lookUp(name);
        await answer(name);
      }

      expect(asked()).toBe('abcdef');
      expect([...ended.values()]).toEqual(Array.from('cdef', (name) => `secret of ${name}`));
    });

    it('runs as many as before when they have ended', async () => {
      const { asked, calls, lookUp } = await exhausted();
      for (const { answer } of calls) answer('late');
      await nextTurn();
      await lookUp('cd');

      expect(asked()).toBe('abcd');
    });
  });
});
