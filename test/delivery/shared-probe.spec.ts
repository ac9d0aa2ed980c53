import { describe, expect, it } from '@jest/globals';
import { SharedProbe } from '../../lib/delivery/shared-probe.js';
import { useStoppedPerformanceClock } from '../support/clock.js';

describe('a probe that several share', () => {
  const stopClock = useStoppedPerformanceClock();

  function probeOf(ask: (nth: number) => Promise<number>) {
    const clock = stopClock();
    let asked = 0;
    const probe = new SharedProbe(() => ask((asked += 1)));
    return { clock, answer: () => probe.answer(), asked: () => asked };
  }

  it('asks nothing before somebody wants to know', async () => {
    const { answer, asked } = probeOf((nth) => Promise.resolve(nth));
    expect(asked()).toBe(0);

    expect(await answer()).toBe(1);
  });

  it('asks again when an answer is a second old, and not before', async () => {
    const { clock, answer } = probeOf((nth) => Promise.resolve(nth));
    expect(await answer()).toBe(1);
    clock.forward(0.999);
    expect(await answer()).toBe(1);
    clock.forward(0.001);

    expect(await answer()).toBe(2);
  });

  it('asks once for all who come while it waits, however long, and counts the second from the answer', async () => {
    let give: (answer: number) => void = () => undefined;
    const { clock, answer, asked } = probeOf(() => new Promise((resolve) => (give = resolve)));
    const first = answer();
    clock.forward(3600);
    const second = answer();
    give(7);
    expect(await Promise.all([first, second])).toEqual([7, 7]);
    clock.forward(0.999);

    expect(await answer()).toBe(7);
    expect(asked()).toBe(1);
  });

  it('remembers a failure no longer than an answer', async () => {
    const { clock, answer } = probeOf((nth) => (nth === 1 ? Promise.reject(new Error('gone')) : Promise.resolve(nth)));
    await expect(answer()).rejects.toThrow('gone');
    await expect(answer()).rejects.toThrow('gone');
    clock.forward(1);

    expect(await answer()).toBe(2);
  });
});
