import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SignatureKeyCache } from '../../lib/secrets/signature-key.cache.js';
import { StaticSecretProvider } from '../../lib/secrets/static-secret.provider.js';
import { type Awaitable } from '../../lib/verification/awaitable.js';
import { importSignatureKeys, type SignatureKey } from '../../lib/verification/signature-key.js';
import { useStoppedPerformanceClock, useStoppedTimers } from '../support/clock.js';
import { PROJECT, SECRET } from '../support/signer.js';
import { AskedProvider } from './asked-provider.js';

const never = (): Promise<never> => new Promise(() => undefined);

describe('the cache of keys', () => {
  const stopTimers = useStoppedTimers();

  it('refuses a lookup when as many as are allowed are under way or waiting', async () => {
    const timers = stopTimers();
    const provider = new AskedProvider(never);
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.05, concurrency: 1, waiting: 2 });
    const first = Promise.allSettled(['1', '2'].map(async (projectId) => cache.keysFor(projectId, 'archive')));

    expect(() => cache.keysFor('3', 'archive')).toThrow('2 lookups of signature secrets are under way already');
    await nextTurn();
    timers.forward(0.05);
    expect(await Promise.race([first, nextTurn('under way')])).toMatchObject([
      { status: 'rejected' },
      { status: 'rejected' },
    ]);
  });

  it('gives a hanging provider up by its signal, and asks no further while too many calls hang', async () => {
    const timers = stopTimers();
    const hanging: ((secrets: undefined) => void)[] = [];
    const provider = new AskedProvider(
      () =>
        new Promise<undefined>((resolve) => {
          hanging.push(resolve);
        }),
    );
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.05, concurrency: 2, waiting: 4 });
    for (let round = 0; round < 10; round += 1) {
      const lookups = [1, 2].map(async (index) => cache.keysFor(`stranger ${round} ${index}`, 'archive'));
      const ended = Promise.allSettled(lookups);
      await nextTurn();
      if (round < 2) timers.forward(0.05);
      expect(await Promise.race([ended, nextTurn('under way')])).toMatchObject([
        { status: 'rejected' },
        { status: 'rejected' },
      ]);
    }

    expect(provider.queries).toHaveLength(4);
    expect(provider.queries.filter(({ signal }) => !signal.aborted)).toEqual([]);

    for (const end of hanging) end(undefined);
    await nextTurn();
    const lookup = cache.keysFor('another', 'archive');
    await nextTurn();
    expect(provider.queries).toHaveLength(5);
    hanging.at(-1)?.(undefined);
    expect(await Promise.race([lookup, nextTurn('under way')])).toBeUndefined();
  });

  it('tries a provider again whose calls hung, although they never end', async () => {
    const timers = stopTimers();
    let isAway = true;
    const provider = new AskedProvider(() => (isAway ? new Promise<never>(() => undefined) : SECRET));
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.02, waiting: 4 });
    for (let count = 0; count < 4; count += 1) {
      const lookup = cache.keysFor(PROJECT, 'archive');
      await nextTurn();
      timers.forward(0.02);
      await expect(Promise.race([lookup, nextTurn()])).rejects.toThrow('cannot be had');
    }
    expect(() => cache.keysFor(PROJECT, 'archive')).toThrow('4 lookups of signature secrets are under way already');
    isAway = false;
    timers.forward(0.02);

    expect(await cache.keysFor(PROJECT, 'archive')).toHaveLength(1);
  });

  it('gives the signal of an answer in time no reason to abort', async () => {
    const timers = stopTimers();
    const provider = new AskedProvider(() => SECRET);
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.02 });
    await cache.keysFor(PROJECT, 'archive');
    timers.forward(0.02);

    expect(timers.count).toBe(0);
    expect(provider.queries.map(({ signal }) => signal.aborted)).toEqual([false]);
  });

  describe('that knew a project until secretTtl ran out', () => {
    const stopClock = useStoppedPerformanceClock();

    it('looks it up again at once, while thousands of lookups for strangers wait or are refused', async () => {
      const clock = stopClock();
      const provider = new AskedProvider(({ projectId }) => (projectId === PROJECT ? SECRET : never()));
      const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.5 });
      await cache.keysFor(PROJECT, 'archive');
      clock.forward(61);
      const strangers = Array.from({ length: 3000 }, async (_, index) => cache.keysFor(`stranger ${index}`, 'archive'));
      const waiting = Promise.allSettled(strangers);

      expect(await Promise.race([cache.keysFor(PROJECT, 'archive'), waiting])).toMatchObject([{ position: 0 }]);
      expect(provider.asked(PROJECT)).toBe(2);
      const refused = (await waiting).filter(
        (lookup) => lookup.status === 'rejected' && String(lookup.reason).includes('under way already'),
      );
      expect(refused.length).toBeGreaterThanOrEqual(2000);
    });
  });

  it('goes on with what it knows while no further lookup is possible', async () => {
    const provider = new AskedProvider(({ projectId }) => (projectId === PROJECT ? SECRET : never()));
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.05, waiting: 1 });
    const keys = await cache.keysFor(PROJECT, 'archive');
    const lookup = cache.keysFor('1', 'archive');

    expect(() => cache.keysFor('2', 'archive')).toThrow('under way already');
    expect(cache.keysFor(PROJECT, 'archive')).toBe(keys);
    await expect(lookup).rejects.toThrow('cannot be had');
  });

  it('does not forget a project for the sake of those that it does not know', async () => {
    const provider = new AskedProvider(({ projectId }) => (projectId === PROJECT ? SECRET : undefined));
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 1, entries: 2 });
    for (const projectId of [PROJECT, '1', '2', '3', PROJECT]) await cache.keysFor(projectId, 'archive');

    expect(provider.asked(PROJECT)).toBe(1);
  });

  it('remembers no more projects than it may, and drops the one that was not used for longest', async () => {
    const provider = new AskedProvider(() => SECRET);
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 1, entries: 2 });
    for (const projectId of ['1', '2', '1', '3', '1', '2']) await cache.keysFor(projectId, 'archive');

    expect(provider.queries.map(({ projectId }) => projectId)).toEqual(['1', '2', '3', '2']);
  });

  describe('with the clock in hand', () => {
    const stopClock = useStoppedPerformanceClock();

    it('asks again when ttl is over and not before, for what is known and for what is not', async () => {
      const clock = stopClock();
      const provider = new AskedProvider(({ projectId }) => (projectId === PROJECT ? SECRET : undefined));
      const cache = new SignatureKeyCache(provider, { ttl: 30, timeout: 1 });
      const look = async () => [await cache.keysFor(PROJECT, 'sip'), await cache.keysFor('other', 'sip')];
      await look();
      clock.forward(29.9);
      const [known, unknown] = await look();
      expect([known?.length, unknown]).toEqual([1, undefined]);
      expect(provider.queries).toHaveLength(2);

      clock.forward(0.2);
      await look();
      expect(provider.queries).toHaveLength(4);
    });

    it('forgets what the provider no longer knows, and learns what it knows now', async () => {
      const clock = stopClock();
      let answer: string | undefined = SECRET;
      const cache = new SignatureKeyCache(new AskedProvider(() => answer), { ttl: 30, timeout: 1 });
      await cache.keysFor(PROJECT, 'sip');
      answer = undefined;
      clock.forward(31);
      expect(await cache.keysFor(PROJECT, 'sip')).toBeUndefined();
      expect(await cache.keysAtHand(PROJECT, 'sip')).toBeUndefined();

      answer = SECRET;
      clock.forward(31);
      expect(await cache.keysFor(PROJECT, 'sip')).toHaveLength(1);
      clock.forward(29);
      expect(await cache.keysFor(PROJECT, 'sip')).toHaveLength(1);
    });

    it('waits twice the time limit before it tries a provider again of which too many calls hang', async () => {
      const clock = stopClock();
      const provider = new AskedProvider(never);
      const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.02, waiting: 1 });
      const lookUp = async () => cache.keysFor(PROJECT, 'sip');
      await expect(lookUp()).rejects.toThrow('cannot be had');
      clock.forward(0.039);
      await expect(lookUp()).rejects.toThrow('1 lookups of signature secrets are under way already');
      clock.forward(0.001);
      await expect(lookUp()).rejects.toThrow('cannot be had');

      expect(provider.queries).toHaveLength(2);
    });
  });

  it('asks once for those who come at the same time, and apart for each kind', async () => {
    const provider = new AskedProvider(() => Promise.resolve(SECRET));
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 1 });
    const [one, same, other] = await Promise.all([
      cache.keysFor(PROJECT, 'sip'),
      cache.keysFor(PROJECT, 'sip'),
      cache.keysFor(PROJECT, 'archive'),
    ]);

    expect(one).toBe(same);
    expect(other).not.toBe(one);
    expect(provider.queries.map(({ projectId, kind }) => [projectId, kind])).toEqual([
      [PROJECT, 'sip'],
      [PROJECT, 'archive'],
    ]);
  });

  it('asks again after a failure, and keeps its cause', async () => {
    let cause: Error | undefined = new Error('sealed');
    const cache = new SignatureKeyCache(
      new AskedProvider(() => (cause === undefined ? SECRET : Promise.reject(cause))),
      { ttl: 60, timeout: 1 },
    );
    await expect((async () => cache.keysFor(PROJECT, 'sip'))()).rejects.toMatchObject({
      name: 'SecretsUnavailableError',
      message: 'the signature secrets for sip callbacks cannot be had',
      cause,
    });
    cause = undefined;

    expect(await cache.keysFor(PROJECT, 'sip')).toHaveLength(1);
  });

  it('says what is wrong with an answer, and how long it waited for none', async () => {
    const failure = async (answer: () => Awaitable<string>) => {
      const cache = new SignatureKeyCache(new AskedProvider(answer), { ttl: 60, timeout: 0.02 });
      return Promise.resolve(cache.keysFor(PROJECT, 'sip')).catch((error: unknown) => (error as Error).cause);
    };

    expect(await failure(() => '')).toMatchObject({
      message: expect.stringMatching(/^the secret provider's answer for sip is empty/),
    });
    expect(await failure(never)).toMatchObject({
      name: 'SecretsUnavailableError',
      message: 'no answer within 0.02 s',
    });
  });

  it.each([
    [undefined, 16],
    [3, 3],
  ])('asks for no more strangers at a time than concurrency says: %s', async (concurrency, most) => {
    const timers = stopTimers();
    const provider = new AskedProvider(never);
    const bound = concurrency === undefined ? {} : { concurrency };
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.05, ...bound });
    const lookups = Array.from({ length: 20 }, async (_, index) => cache.keysFor(`stranger ${index}`, 'sip'));
    const ended = Promise.allSettled(lookups);
    await nextTurn();
    expect(provider.queries).toHaveLength(most);

    timers.forward(0.05);
    expect(await Promise.race([ended, nextTurn('under way')])).not.toBe('under way');
    expect(provider.queries).toHaveLength(most);

    // Those whose time ran out while they waited gave the places back that came to them.
    const later = Promise.allSettled(['a', 'b', 'c'].map(async (projectId) => cache.keysFor(projectId, 'sip')));
    await nextTurn();
    expect(provider.queries).toHaveLength(most + 3);
    timers.forward(0.05);
    expect(await Promise.race([later, nextTurn('under way')])).not.toBe('under way');
  });

  it('gives the place of a lookup that failed to the next', async () => {
    const cache = new SignatureKeyCache(
      new AskedProvider(({ projectId }) => (projectId === PROJECT ? SECRET : Promise.reject(new Error('sealed')))),
      { ttl: 60, timeout: 0.5, concurrency: 1 },
    );
    const failed = await Promise.allSettled(['1', '2', '3'].map(async (id) => cache.keysFor(id, 'sip')));
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);

    expect(await cache.keysFor(PROJECT, 'sip')).toHaveLength(1);
  });

  describe('told which key matched', () => {
    const rotating = async () => {
      const cache = new SignatureKeyCache(new AskedProvider(() => ['new', 'old', 'oldest']), { ttl: 60, timeout: 1 });
      const keys = (await cache.keysFor(PROJECT, 'sip')) ?? [];
      return { cache, keys, order: async () => (await cache.keysFor(PROJECT, 'sip'))?.map(({ position }) => position) };
    };

    it('puts it in front, in a new list', async () => {
      const { cache, keys, order } = await rotating();
      const [, old] = keys as [SignatureKey, SignatureKey];
      cache.matched(PROJECT, 'sip', old);

      expect(await order()).toEqual([1, 0, 2]);
      expect(keys.map(({ position }) => position)).toEqual([0, 1, 2]);
    });

    it('does nothing for one that it has not, nor for a project that it does not know', async () => {
      const { cache, order } = await rotating();
      const [stranger] = importSignatureKeys(['new']) as [SignatureKey];
      cache.matched(PROJECT, 'sip', stranger);
      cache.matched('other', 'sip', stranger);

      expect(await order()).toEqual([0, 1, 2]);
      expect(await cache.keysAtHand('other', 'sip')).toBeUndefined();
    });
  });

  describe('has at hand', () => {
    it('what a provider has answered, and asks it for nothing', async () => {
      const provider = new AskedProvider(() => SECRET);
      const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 1 });
      expect(await cache.keysAtHand(PROJECT, 'sip')).toBeUndefined();
      expect(provider.queries).toEqual([]);
      await cache.keysFor(PROJECT, 'sip');

      expect(await cache.keysAtHand(PROJECT, 'sip')).toHaveLength(1);
    });

    it('all that is written down, and nothing for a kind without a secret', async () => {
      const cache = new SignatureKeyCache(new StaticSecretProvider({ [PROJECT]: { sip: SECRET } }), {
        ttl: 60,
        timeout: 1,
      });

      expect(await cache.keysAtHand(PROJECT, 'sip')).toHaveLength(1);
      expect(await cache.keysAtHand(PROJECT, 'archive')).toBeUndefined();
      expect(await cache.keysAtHand('other', 'sip')).toBeUndefined();
    });
  });
});
