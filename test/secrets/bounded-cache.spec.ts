import { describe, expect, it } from '@jest/globals';
import { BoundedCache } from '../../lib/secrets/bounded-cache.js';
import { useStoppedPerformanceClock } from '../support/clock.js';

const namesIn = (cache: BoundedCache<number>, names: string): string =>
  Array.from(names)
    .filter((name) => cache.get(name) !== undefined)
    .join('');

function filled(maxEntries: number, names: string): BoundedCache<number> {
  const cache = new BoundedCache<number>(maxEntries);
  Array.from(names).forEach((name, index) => {
    cache.set(name, index, Infinity);
  });
  return cache;
}

describe('a bounded cache', () => {
  const stopClock = useStoppedPerformanceClock();

  it('knows nothing that it was not told', () => {
    expect(filled(3, 'ab').get('c')).toBeUndefined();
  });

  it('holds as many entries as it may, and forgets the oldest for the next', () => {
    expect(namesIn(filled(3, 'abc'), 'abcd')).toBe('abc');
    expect(namesIn(filled(3, 'abcd'), 'abcd')).toBe('bcd');
  });

  it('forgets none for an entry that it has already', () => {
    const cache = filled(3, 'abc');
    cache.set('b', 7, Infinity);

    expect(cache.get('b')).toEqual({ value: 7, isFresh: true });
    expect(namesIn(cache, 'abc')).toBe('abc');
  });

  it('takes an entry that is set again for a new one', () => {
    expect(namesIn(filled(3, 'abacd'), 'abcd')).toBe('acd');
  });

  it('that is more than half full forgets what was not used for longest', () => {
    const cache = filled(3, 'abc');
    cache.get('a');
    cache.set('d', 1, Infinity);

    expect(namesIn(cache, 'abcd')).toBe('acd');
  });

  it('that is half full does not keep account of what is used', () => {
    const cache = filled(4, 'ab');
    cache.get('a');
    for (const name of 'cde') cache.set(name, 1, Infinity);

    expect(namesIn(cache, 'abcde')).toBe('bcde');
  });

  it('tells when the time of an entry is over, and its value all the same', () => {
    const clock = stopClock();
    const cache = new BoundedCache<number>(1);
    cache.set('a', 1, 30_000);
    clock.forward(29.999);
    expect(cache.get('a')).toEqual({ value: 1, isFresh: true });

    clock.forward(0.001);
    expect(cache.get('a')).toEqual({ value: 1, isFresh: false });
  });

  it('replaces a value without prolonging its time', () => {
    const clock = stopClock();
    const cache = new BoundedCache<number>(1);
    cache.set('a', 1, 1000);
    clock.forward(0.5);
    cache.replace('a', 2);
    expect(cache.get('a')).toEqual({ value: 2, isFresh: true });

    clock.forward(0.5);
    expect(cache.get('a')).toEqual({ value: 2, isFresh: false });
  });

  it('does not replace what it does not know', () => {
    const cache = filled(2, 'a');
    cache.replace('b', 1);

    expect(namesIn(cache, 'ab')).toBe('a');
  });

  it('without room holds nothing but the latest entry', () => {
    expect(namesIn(filled(0, 'ab'), 'ab')).toBe('b');
  });

  it('forgets what is deleted', () => {
    const cache = filled(2, 'ab');
    cache.delete('a');

    expect(namesIn(cache, 'ab')).toBe('b');
  });
});
