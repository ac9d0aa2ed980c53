import { describe, expect, it } from '@jest/globals';
import { PendingRecords, type WriteRecord } from '../../../lib/delivery/store/recovery.js';

const MOST = 100_000;
const run = async (write: WriteRecord): Promise<void> => write();
const isAvailable = (): boolean => true;
const isUnavailable = (): boolean => false;

describe('PendingRecords', () => {
  function start(...keys: string[]) {
    const written: string[] = [];
    const failing = new Set<string>();
    const records = new PendingRecords();
    const add = (key: string): void => {
      records.add(key, () => {
        written.push(key);
        if (failing.has(key)) throw new Error('no');
      });
    };
    keys.forEach(add);
    return { records, written, failing, add };
  }

  it('writes each record once, the oldest first', async () => {
    const { records, written } = start('a', 'b', 'a');

    expect([await records.flush(run, isAvailable), await records.flush(run, isAvailable)]).toEqual([true, true]);
    expect(written).toEqual(['b', 'a']);
    expect(records.has('a')).toBe(false);
  });

  it('stops at a failure if the store is unavailable, and continues there', async () => {
    const { records, written, failing } = start('a', 'b', 'c');
    failing.add('b');
    expect(await records.flush(run, isUnavailable)).toBe(false);
    expect([records.has('a'), records.has('b'), records.has('c')]).toEqual([false, true, true]);
    failing.clear();

    expect(await records.flush(run, isUnavailable)).toBe(true);
    expect(written).toEqual(['a', 'b', 'b', 'c']);
  });

  it('goes on after a record that the store does not take, and drops it after ten attempts', async () => {
    const { records, written, failing } = start('a', 'b');
    failing.add('a');
    for (let attempt = 1; attempt < 10; attempt += 1) expect(await records.flush(run, isAvailable)).toBe(false);
    expect([records.has('a'), records.has('b')]).toEqual([true, false]);
    await records.flush(run, isAvailable);

    expect(records.has('a')).toBe(false);
    expect(written.filter((key) => key === 'a')).toHaveLength(10);
  });

  it('skips what was deleted while it writes', async () => {
    const { records, written } = start();
    records.add('a', () => {
      records.delete('b');
    });
    records.add('b', () => void written.push('b'));

    expect(await records.flush(run, isAvailable)).toBe(true);
    expect(written).toEqual([]);
  });

  it(`keeps the latest ${MOST}`, () => {
    const { records, add } = start();
    for (let nth = 0; nth < MOST; nth += 1) add(`record ${nth}`);
    // Nothing is dropped for one that is there already, and it becomes the latest.
    add('record 1');
    expect(records.has('record 0')).toBe(true);
    add('another');
    add('yet another');

    expect([0, 1, 2, 3].map((nth) => records.has(`record ${nth}`))).toEqual([false, true, false, true]);
  });
});
