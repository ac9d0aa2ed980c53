import { describe, expect, it } from '@jest/globals';
import { LookupSlots } from '../../lib/secrets/lookup-slots.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Acquires places and tells in which order they were given. */
function queue(free: number) {
  const slots = new LookupSlots(free);
  const given: string[] = [];
  const releases = new Map<string, () => void>();
  const acquire = async (name: string): Promise<void> => {
    const release = await slots.acquire();
    given.push(name);
    releases.set(name, release);
  };
  return {
    given,
    acquire: (...names: string[]): Promise<unknown> => {
      for (const name of names) void acquire(name);
      return turn();
    },
    release: (name: string): Promise<unknown> => {
      releases.get(name)?.();
      return turn();
    },
  };
}

describe('places for lookups', () => {
  it('are given as long as there are any', async () => {
    const { given, acquire } = queue(2);
    await acquire('a', 'b', 'c');

    expect(given).toEqual(['a', 'b']);
  });

  it('go to those who wait in the order in which they came', async () => {
    const { given, acquire, release } = queue(1);
    await acquire('a', 'b', 'c');
    await release('a');
    expect(given).toEqual(['a', 'b']);

    await release('b');
    expect(given).toEqual(['a', 'b', 'c']);
  });

  it('are free again when nobody waits, and no more than before', async () => {
    const { given, acquire, release } = queue(1);
    await acquire('a');
    await release('a');
    await acquire('b', 'c');

    expect(given).toEqual(['a', 'b']);
  });

  it('are not free for others when they went to somebody who waited', async () => {
    const { given, acquire, release } = queue(1);
    await acquire('a', 'b');
    await release('a');
    await acquire('c');

    expect(given).toEqual(['a', 'b']);
  });
});
