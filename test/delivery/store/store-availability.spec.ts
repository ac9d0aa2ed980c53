import { ServiceUnavailableException } from '@nestjs/common';
import { describe, expect, it, jest } from '@jest/globals';
import {
  StorageUnavailableError,
  StoreAvailability,
  type StoreSettings,
} from '../../../lib/delivery/store/store-availability.js';
import { useFakeTimers } from '../../support/clock.js';
import { fateOf, PENDING, resolvedTo } from '../../support/fate.js';
import { Arrivals } from '../arrivals.js';
import { unavailable, hanging } from '../remote-ledger.js';

const gone = new Error('gone');
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
const answering = (): Promise<string> => Promise.resolve('answer');
const nobody = (): void => undefined;

describe('StoreAvailability', () => {
  useFakeTimers();

  function start(settings: Partial<StoreSettings> = {}) {
    const arrivals = new Arrivals();
    const probes: number[] = [];
    const begin = jest.now();
    const controls = { probe: answering as () => Promise<unknown> };
    const store = new StoreAvailability(
      {
        dependency: 'ledger',
        policy: 'handle',
        storageTimeoutMs: 1000,
        probe: () => {
          probes.push(jest.now() - begin);
          return controls.probe();
        },
        ...settings,
      },
      arrivals.telemetry,
    );
    const ask = (operation: () => unknown) =>
      fateOf(
        new Promise((resolve) => {
          resolve(store.ask(operation));
        }),
      );
    const miss = (): void => {
      store.missed(arrivals.next().report, gone);
    };
    return { arrivals, store, probes, controls, ask, miss, recovered: arrivals.observed.outcomes.recovered };
  }

  describe('ask', () => {
    it('returns at once, and without a timer, what is no promise', () => {
      expect(start().store.ask(() => 'answer')).toBe('answer');
      expect(jest.getTimerCount()).toBe(0);
    });

    it('waits for an answer no longer than storageTimeout', async () => {
      const { ask } = start();
      const [slow, slower] = [999, 1001].map((ms) =>
        ask(() => new Promise((resolve) => setTimeout(resolve, ms, 'ok'))),
      );
      await pass(1001);

      expect(slow?.()).toEqual(resolvedTo('ok'));
      expect(slower?.()).toMatchObject({ error: { name: 'StorageTimeoutError' } });
    });

    it.each<readonly [string, () => unknown]>([
      ['rejects', unavailable],
      ['hangs', hanging],
      [
        'throws',
        () => {
          throw gone;
        },
      ],
    ])('asks nothing any more after an operation that %s, and says why', async (_, operation) => {
      const { ask, controls } = start();
      controls.probe = hanging;
      const first = ask(operation);
      await pass(1000);
      let asked = 0;
      const second = ask(() => (asked += 1));
      await pass(0);

      expect(first().error).not.toBeInstanceOf(StorageUnavailableError);
      expect(second().error).toBeInstanceOf(StorageUnavailableError);
      expect(second()).toMatchObject({ error: { message: 'the ledger is unavailable' } });
      expect(asked).toBe(0);
    });

    it('asks again as soon as a probe was answered', async () => {
      const { ask, controls, probes } = start();
      controls.probe = unavailable;
      ask(unavailable);
      await pass(300);
      expect(probes).toEqual([0, 250]);
      controls.probe = answering;
      await pass(450);
      const next = ask(answering);
      await pass(0);

      expect(next()).toEqual(resolvedTo('answer'));
      expect(probes).toEqual([0, 250, 750]);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('asks again at once after an operation that fails alone, but not each time anew', async () => {
      const { store, ask } = start();
      const isAvailable = async (): Promise<boolean> => {
        const next = ask(answering);
        await pass(0);
        return next().state === 'resolved';
      };
      ask(unavailable);
      await pass(0);
      ask(unavailable);
      await pass(0);
      expect(await isAvailable()).toBe(false);
      await pass(250);
      expect(await isAvailable()).toBe(true);
      ask(unavailable);
      await pass(0);

      // What was answered in between lets the next pause be none.
      expect(await isAvailable()).toBe(true);
      expect(store.isHealthy).toBe(true);
    });

    it('does not take the late failure of an earlier operation for another outage', async () => {
      const { ask } = start();
      const late = ask(() => new Promise((_, reject) => setTimeout(reject, 900, gone)));
      ask(unavailable);
      await pass(900);
      expect(late()).toEqual({ state: 'rejected', error: gone });
      const next = ask(answering);
      await pass(0);

      expect(next()).toEqual(resolvedTo('answer'));
    });

    it('probes once at a time, for no longer than storageTimeout each', async () => {
      const { ask, controls, probes } = start();
      controls.probe = hanging;
      for (let callback = 0; callback < 20; callback += 1) ask(unavailable);
      await pass(4000);

      expect(probes).toEqual([0, 1250, 2750]);
    });
  });

  describe('look', () => {
    it('hands on the answer', async () => {
      expect(await start().store.look(answering)).toBe('answer');
    });

    it('lets a probe show whether the store is available', async () => {
      const { store, ask, probes } = start();
      const answer = fateOf(store.look(unavailable));
      const next = ask(answering);
      await pass(0);

      expect(answer()).toMatchObject({ error: { message: 'connect ECONNREFUSED' } });
      expect(next()).toEqual(resolvedTo('answer'));
      expect(probes).toEqual([0]);
    });

    it('asks nothing while the store is unavailable', async () => {
      const { store, ask, controls } = start();
      controls.probe = unavailable;
      ask(unavailable);
      await pass(0);
      let asked = 0;

      await expect(store.look(() => (asked += 1))).rejects.toThrow(StorageUnavailableError);
      expect(asked).toBe(0);
    });

    it('changes nothing about an operation that fails after its probe was answered', async () => {
      const { store, ask, controls } = start();
      const late = ask(() => new Promise((_, reject) => setTimeout(reject, 900, gone)));
      void store.look(unavailable).catch(nobody);
      await pass(10);
      controls.probe = unavailable;
      await pass(890);
      expect(late()).toEqual({ state: 'rejected', error: gone });
      const next = ask(answering);
      await pass(0);

      expect(next().error).toBeInstanceOf(StorageUnavailableError);
    });
  });

  describe('record', () => {
    it('writes at once what needs no waiting, in place of what is pending', async () => {
      const { store } = start();
      void store.record('a', unavailable, nobody);
      await pass(0);
      expect(store.isPending('a')).toBe(true);
      const missed: unknown[] = [];

      expect(
        store.record(
          'a',
          () => undefined,
          (error) => missed.push(error),
        ),
      ).toBeUndefined();
      expect([missed, store.isPending('a')]).toEqual([[], false]);
    });

    it('writes again what failed late, after the store was back', async () => {
      const { store, ask } = start();
      let writes = 0;
      const write = (): Promise<void> =>
        (writes += 1) === 1 ? new Promise((_, reject) => setTimeout(reject, 900, gone)) : Promise.resolve();
      void store.record('a', write, nobody);
      ask(unavailable);
      await pass(899);
      expect(writes).toBe(1);
      await pass(300);

      expect([writes, store.isPending('a')]).toEqual([2, false]);
    });

    it('writes what failed when the store is back', async () => {
      const { store, controls } = start();
      controls.probe = unavailable;
      let writes = 0;
      const missed: unknown[] = [];
      const write = (): Promise<void> => ((writes += 1) === 1 ? unavailable() : Promise.resolve());
      void store.record('a', write, (error) => missed.push(error));
      await pass(0);
      expect(store.isPending('a')).toBe(true);
      expect(missed).toMatchObject([{ message: 'connect ECONNREFUSED' }]);
      controls.probe = answering;
      await pass(250);

      expect(store.isPending('a')).toBe(false);
      expect(writes).toBe(2);
    });

    it('writes nothing before the store is back, once it is unavailable', async () => {
      const { store, ask, controls } = start();
      controls.probe = unavailable;
      ask(unavailable);
      await pass(0);
      const written: string[] = [];
      const missed: unknown[] = [];
      void store.record(
        'a',
        () => void written.push('a'),
        (error) => missed.push(error),
      );
      expect([written, missed.length, store.isPending('a')]).toEqual([[], 1, true]);
      controls.probe = answering;
      await pass(250);

      expect(written).toEqual(['a']);
    });

    it('keeps in mind what is being written', async () => {
      const { store } = start();
      let end: () => void = nobody;
      void store.record('a', () => new Promise((resolve) => (end = resolve)), nobody);
      expect(store.isPending('a')).toBe(true);
      end();
      await pass(0);

      expect(store.isPending('a')).toBe(false);
    });

    it('leaves the store available although a record fails again and again', async () => {
      const { store, ask, probes } = start();
      void store.record('a', unavailable, nobody);
      await pass(0);
      for (let second = 0; second < 60; second += 1) {
        const next = ask(answering);
        await pass(1000);
        expect(next()).toEqual(resolvedTo('answer'));
      }

      expect(store.isPending('a')).toBe(false);
      expect(probes.length).toBeLessThan(30);
    });
  });

  describe('when the application ends', () => {
    it('waits for what is being written', async () => {
      const { store } = start();
      let writes = 0;
      void store.record(
        'a',
        async () => new Promise((resolve) => setTimeout(resolve, 500)).then(() => void (writes += 1)),
        nobody,
      );
      const ended = fateOf(store.onApplicationShutdown());
      await pass(499);
      expect([ended(), writes]).toEqual([PENDING, 0]);
      await pass(1);

      expect(ended()).toEqual(resolvedTo(undefined));
    });

    it('writes what the store does not have yet, as far as it takes it', async () => {
      const { store, controls } = start();
      controls.probe = unavailable;
      const written: string[] = [];
      const reaches = { store: unavailable as () => Promise<void> };
      for (const key of ['a', 'b', 'c']) {
        const write = async (): Promise<void> => {
          await reaches.store();
          written.push(key);
        };
        void store.record(key, write, nobody);
      }
      await pass(0);
      let tries = 0;
      reaches.store = () => ((tries += 1) === 2 ? unavailable() : Promise.resolve());
      await store.onApplicationShutdown();

      expect([written, tries]).toEqual([['a'], 2]);
    });

    it.each([
      ['refuses', unavailable, 0],
      ['hangs', hanging, 1000],
    ])('waits no longer than storageTimeout for a store that %s, and probes no more', async (_, operation, ms) => {
      const { store, controls, probes } = start();
      controls.probe = operation;
      for (const key of ['a', 'b', 'c']) void store.record(key, operation, nobody);
      const ended = fateOf(store.onApplicationShutdown());
      await pass(ms);
      expect(ended()).toEqual(resolvedTo(undefined));
      await pass(60_000);

      expect(probes).toEqual([]);
    });
  });

  describe('while the store is unavailable', () => {
    it('lets a callback be handled, and reports it', () => {
      const { arrivals, store } = start();
      store.refuseIfRejecting(arrivals.next(), gone);

      expect(arrivals.observed.outcomes.unavailable).toMatchObject([
        { dependency: 'ledger', error: gone, policy: 'handle' },
      ]);
    });

    it('refuses a callback instead if the operator chose so', () => {
      const { arrivals, store } = start({ policy: 'reject', dependency: 'inbox' });

      expect(() => {
        store.refuseIfRejecting(arrivals.next(), gone);
      }).toThrow(ServiceUnavailableException);
      const { unavailable, failed } = arrivals.observed.outcomes;
      expect(unavailable).toMatchObject([{ dependency: 'inbox', error: gone, policy: 'reject' }]);
      expect(failed).toMatchObject([
        {
          error: {
            name: 'StorageUnavailableError',
            code: 'ERR_CALLBACKS_STORAGE_UNAVAILABLE',
            message: "the inbox is unavailable, and unavailable is 'reject'",
          },
        },
      ]);
    });

    it('reports what made it unavailable for each callback', async () => {
      const { arrivals, store, ask, controls } = start();
      controls.probe = unavailable;
      ask(unavailable);
      await pass(0);
      const next = ask(answering);
      await pass(0);
      store.missed(arrivals.next().report, next().error);

      expect(arrivals.observed.outcomes.unavailable).toMatchObject([{ error: { message: 'connect ECONNREFUSED' } }]);
    });
  });

  describe('reports once what the store missed', () => {
    it('when a probe is answered after one that was not', async () => {
      const { ask, miss, controls, recovered } = start({ dependency: 'inbox' });
      controls.probe = unavailable;
      ask(unavailable);
      for (let nth = 0; nth < 3; nth += 1) miss();
      await pass(249);
      expect(recovered).toEqual([]);
      controls.probe = answering;
      await pass(1);
      expect(recovered).toEqual([{ dependency: 'inbox', missed: 3 }]);
      ask(answering);
      await pass(0);

      expect(recovered).toHaveLength(1);
    });

    it('when it takes a callback, if it answers but did not take the one before', async () => {
      const { ask, miss, recovered } = start();
      ask(unavailable);
      miss();
      await pass(0);
      expect(recovered).toEqual([]);
      ask(answering);
      await pass(0);

      expect(recovered).toEqual([{ dependency: 'ledger', missed: 1 }]);
    });

    it('when it takes one at once', () => {
      const { store, miss, recovered } = start();
      miss();
      void store.ask(() => 'answer');

      expect(recovered).toEqual([{ dependency: 'ledger', missed: 1 }]);
    });

    it('when it takes a record that it missed', async () => {
      const { store, miss, recovered } = start();
      let writes = 0;
      void store.record('a', () => ((writes += 1) === 1 ? unavailable() : Promise.resolve()), miss);
      await pass(0);

      expect(recovered).toEqual([{ dependency: 'ledger', missed: 1 }]);
    });

    it('not when what was asked before it became unavailable is answered', async () => {
      const { ask, miss, controls, recovered } = start();
      controls.probe = unavailable;
      const late = ask(() => new Promise((resolve) => setTimeout(resolve, 100, 'late')));
      ask(unavailable);
      miss();
      await pass(100);

      expect(late()).toEqual(resolvedTo('late'));
      expect(recovered).toEqual([]);
    });

    it('not when it answers but did not take the one before, although it did not answer once', async () => {
      const { ask, miss, controls, recovered } = start();
      controls.probe = unavailable;
      ask(unavailable);
      await pass(0);
      controls.probe = answering;
      await pass(250);
      ask(unavailable);
      miss();
      await pass(1000);

      expect(recovered).toEqual([]);
    });

    it('not if it missed nothing', async () => {
      const { ask, controls, recovered } = start();
      controls.probe = unavailable;
      ask(unavailable);
      await pass(100);
      controls.probe = answering;
      await pass(1000);

      expect(recovered).toEqual([]);
    });
  });

  describe('isHealthy', () => {
    it('is false while the store is unavailable', async () => {
      const { store, ask, controls } = start();
      expect(store.isHealthy).toBe(true);
      controls.probe = unavailable;
      ask(unavailable);
      await pass(0);
      expect(store.isHealthy).toBe(false);
      controls.probe = answering;
      await pass(250);

      expect(store.isHealthy).toBe(true);
    });

    it('is false for 10 s after a callback that the store did not take, or until it takes another', async () => {
      let now = 1000;
      const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
      const { store, ask, miss } = start();
      miss();
      now += 9999;
      expect(store.isHealthy).toBe(false);
      now += 1;
      expect(store.isHealthy).toBe(true);
      miss();
      expect(store.isHealthy).toBe(false);
      ask(answering);
      await pass(0);

      expect(store.isHealthy).toBe(true);
      clock.mockRestore();
    });
  });
});
