import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type VideoCallbackKind } from '../../lib/callbacks/callback-kind.js';
import { SignatureKeyCache } from '../../lib/secrets/signature-key.cache.js';
import { type Awaitable, importSignatureKeys, type SignatureKey } from '../../lib/verification/signature-key.js';
import { useStoppedPerformanceClock, useStoppedTimers } from '../support/clock.js';
import { PROJECT, SECRET } from '../support/signer.js';
import { AskedProvider } from './asked-provider.js';

const never = (): Promise<never> => new Promise(() => undefined);

/** As when a callback of the project was verified. */
async function prove(cache: SignatureKeyCache, projectId = PROJECT, kind: VideoCallbackKind = 'archive') {
  const keys = await cache.keysFor(projectId, kind);
  const [key] = keys ?? [];
  if (key === undefined) throw new Error(`there is no key for ${projectId}`);
  cache.matched(projectId, kind, key);
}

describe('SignatureKeyCache', () => {
  const stopTimers = useStoppedTimers();

  it('aborts a call that hangs, and makes no other while too many hang', async () => {
    const timers = stopTimers();
    const hanging: ((secrets: undefined) => void)[] = [];
    const provider = new AskedProvider(
      () =>
        new Promise<undefined>((resolve) => {
          hanging.push(resolve);
        }),
    );
    const cache = new SignatureKeyCache(provider, {
      ttl: 60,
      timeout: 0.05,
      unproven: { concurrency: 2, unfinished: 4 },
    });
    for (let round = 0; round < 10; round += 1) {
      const lookups = [1, 2].map(async (index) => cache.keysFor(`invented ${round} ${index}`, 'archive'));
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
    let isAvailable = false;
    const provider = new AskedProvider(() => (isAvailable ? SECRET : new Promise<never>(() => undefined)));
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.02, unproven: { unfinished: 4 } });
    for (let count = 0; count < 4; count += 1) {
      const lookup = cache.keysFor(PROJECT, 'archive');
      await nextTurn();
      timers.forward(0.02);
      await expect(Promise.race([lookup, nextTurn()])).rejects.toThrow('are unavailable');
    }
    await expect(cache.keysFor(PROJECT, 'archive')).rejects.toMatchObject({
      cause: { message: '4 lookups of signature secrets have not ended' },
    });
    isAvailable = true;
    timers.forward(0.02);

    expect(await cache.keysFor(PROJECT, 'archive')).toHaveLength(1);
  });

  it('makes no call for an unproven project while 1000 have not ended', async () => {
    const timers = stopTimers();
    const cache = new SignatureKeyCache(new AskedProvider(never), { ttl: 60, timeout: 0.02 });
    for (let count = 0; count < 1000; count += 10) {
      const ids = Array.from({ length: 10 }, (_, index) => `invented ${count + index}`);
      const lookups = Promise.allSettled(ids.map(async (id) => cache.keysFor(id, 'archive')));
      await nextTurn();
      timers.forward(0.02);
      await lookups;
    }

    await expect(cache.keysFor(PROJECT, 'archive')).rejects.toMatchObject({
      cause: { message: '1000 lookups of signature secrets have not ended' },
    });
  });

  it('does not abort the signal of a call that was answered in time', async () => {
    const timers = stopTimers();
    const provider = new AskedProvider(() => SECRET);
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.02 });
    await cache.keysFor(PROJECT, 'archive');
    timers.forward(0.02);

    expect(timers.count).toBe(0);
    expect(provider.queries.map(({ signal }) => signal.aborted)).toEqual([false]);
  });

  it('remembers no answer that came too late, since a later call may have had a newer one', async () => {
    const timers = stopTimers();
    const hanging: ((secret: string) => void)[] = [];
    const provider = new AskedProvider(
      () =>
        new Promise<string>((resolve) => {
          hanging.push(resolve);
        }),
    );
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.05 });
    const late = cache.keysFor(PROJECT, 'archive');
    timers.forward(0.05);
    await expect(late).rejects.toThrow('are unavailable');
    hanging[0]?.(SECRET);
    await nextTurn();

    expect(cache.keysAtHand(PROJECT, 'archive')).toBeUndefined();
  });

  it('returns keys that it remembers, and no promise', async () => {
    const cache = new SignatureKeyCache(new AskedProvider(() => SECRET), { ttl: 60, timeout: 1 });
    const keys = await cache.keysFor(PROJECT, 'archive');
    expect(cache.keysFor(PROJECT, 'archive')).toBe(keys);
    await prove(cache);

    expect(cache.keysFor(PROJECT, 'archive')).toBe(keys);
  });

  describe('that knows a project with a good signature', () => {
    const stopClock = useStoppedPerformanceClock();
    const hangsForInvented = () =>
      new AskedProvider(({ projectId }) => (projectId.startsWith('invented') ? never() : SECRET));
    const flood = (cache: SignatureKeyCache, count: number) =>
      Promise.allSettled(
        Array.from({ length: count }, async (_, index) => cache.keysFor(`invented ${index}`, 'archive')),
      );

    it('looks it up again at once, while thousands of lookups for others wait or are refused', async () => {
      const clock = stopClock();
      const provider = hangsForInvented();
      const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.5 });
      await prove(cache);
      clock.forward(61);
      const others = flood(cache, 3000);

      expect(await Promise.race([cache.keysFor(PROJECT, 'archive'), others])).toMatchObject([{ position: 0 }]);
      expect(provider.asked(PROJECT)).toBe(2);
      const refused = (await others).filter(
        (lookup) =>
          lookup.status === 'rejected' &&
          lookup.reason instanceof Error &&
          String(lookup.reason.cause).includes('waiting'),
      );
      expect(refused.length).toBeGreaterThanOrEqual(1900);
    });

    it('looks it up again although calls for others hang and never end', async () => {
      const timers = stopTimers();
      const provider = hangsForInvented();
      const cache = new SignatureKeyCache(provider, {
        ttl: 0,
        timeout: 0.05,
        proven: { unfinished: 2 },
        unproven: { concurrency: 2, unfinished: 4 },
      });
      await prove(cache);
      for (let round = 0; round < 4; round += 1) {
        const others = [1, 2].map(async (index) => cache.keysFor(`invented ${round} ${index}`, 'archive'));
        const ended = Promise.allSettled(others);
        await nextTurn();
        timers.forward(0.05);
        await ended;
        expect(await cache.keysFor(PROJECT, 'archive')).toHaveLength(1);
      }

      // The one call in a while that tries whether the provider answers again is not won by others either.
      timers.forward(0.1);
      void cache.keysFor('invented again', 'archive');
      expect(await cache.keysFor(PROJECT, 'archive')).toHaveLength(1);
      expect(provider.asked(PROJECT)).toBe(6);
    });

    it('looks it up separately for each kind', async () => {
      const timers = stopTimers();
      const provider = hangsForInvented();
      const cache = new SignatureKeyCache(provider, { ttl: 0, timeout: 0.05, unproven: { concurrency: 1 } });
      await prove(cache, PROJECT, 'archive');
      const others = flood(cache, 1);
      const session = Promise.allSettled([cache.keysFor(PROJECT, 'session')]);

      expect(await cache.keysFor(PROJECT, 'archive')).toHaveLength(1);
      timers.forward(0.05);
      expect(await session).toMatchObject([{ status: 'rejected' }]);
      expect(provider.queries.filter(({ kind }) => kind === 'session')).toEqual([]);
      await others;
    });

    it('still knows it as proven when its answer had to go, but not the names of all that ever were', async () => {
      const timers = stopTimers();
      const provider = hangsForInvented();
      const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.05, size: 2, unproven: { concurrency: 1 } });
      const tenants = Array.from({ length: 23 }, (_, index) => `tenant ${index}`);
      for (const tenant of tenants) await prove(cache, tenant);
      timers.forward(61);
      await cache.keysFor('tenant 22', 'archive');
      const others = flood(cache, 1);

      for (const tenant of tenants.slice(1).reverse()) expect(await cache.keysFor(tenant, 'archive')).toHaveLength(1);
      const forgotten = Promise.allSettled([cache.keysFor('tenant 0', 'archive')]);
      timers.forward(0.05);
      expect(await forgotten).toMatchObject([{ status: 'rejected' }]);
      expect(provider.asked('tenant 0')).toBe(1);
      expect(provider.asked('tenant 1')).toBe(2);
      await others;
    });

    it('still knows it as proven when its answer had to go before the signature was checked', async () => {
      const timers = stopTimers();
      const provider = hangsForInvented();
      const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.05, size: 1, unproven: { concurrency: 1 } });
      const [key] = (await cache.keysFor(PROJECT, 'archive')) ?? [];
      await cache.keysFor('other', 'archive');
      if (key !== undefined) cache.matched(PROJECT, 'archive', key);
      const others = flood(cache, 1);

      expect(await cache.keysFor(PROJECT, 'archive')).toHaveLength(1);
      timers.forward(0.05);
      await others;
      await cache.keysFor('another', 'archive');
      expect(await cache.keysFor(PROJECT, 'archive')).toHaveLength(1);
      expect(provider.asked(PROJECT)).toBe(2);
    });

    it('does not forget its answer for those of others, whether the provider knows them or not', async () => {
      const provider = new AskedProvider(({ projectId }) => (projectId.startsWith('unknown') ? undefined : SECRET));
      const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 1, size: 2 });
      await prove(cache);
      for (const other of ['unknown 1', 'unknown 2', 'unknown 3', 'a', 'b', 'c']) await cache.keysFor(other, 'archive');
      await cache.keysFor(PROJECT, 'archive');

      expect(provider.asked(PROJECT)).toBe(1);
    });

    it('remembers that a project is unknown which its tokens name too', async () => {
      const provider = new AskedProvider(({ projectId }) => {
        if (projectId.startsWith('invented')) return never();
        return projectId === PROJECT ? SECRET : undefined;
      });
      const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.05, size: 1, unproven: { concurrency: 1 } });
      expect(await cache.keysFor('application', 'archive')).toBeUndefined();
      cache.passedOver('application', 'archive');
      await cache.keysFor('unknown', 'archive');
      expect(cache.keysFor('application', 'archive')).toBeUndefined();
      expect(provider.asked('application')).toBe(1);

      await prove(cache);
      const others = flood(cache, 1);
      expect(await cache.keysFor('application', 'archive')).toBeUndefined();
      expect(provider.asked('application')).toBe(2);
      await others;
    });

    it('forgets the answer that was not used for longest by a good signature, however often others name it', async () => {
      const provider = new AskedProvider(() => SECRET);
      const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 1, size: 2 });
      for (const projectId of ['1', '2', '1']) await prove(cache, projectId);
      await cache.keysFor('2', 'archive');
      await prove(cache, '3');
      for (const projectId of ['1', '3', '2']) await cache.keysFor(projectId, 'archive');

      expect(provider.queries.map(({ projectId }) => projectId)).toEqual(['1', '2', '3', '2']);
    });
  });

  it('uses cached keys while no lookup is free', async () => {
    const provider = new AskedProvider(({ projectId }) => (projectId === PROJECT ? SECRET : never()));
    const cache = new SignatureKeyCache(provider, {
      ttl: 60,
      timeout: 0.05,
      unproven: { concurrency: 1, waiting: 1 },
    });
    const keys = await cache.keysFor(PROJECT, 'archive');
    const lookups = Promise.allSettled(['1', '2', '3'].map(async (id) => cache.keysFor(id, 'archive')));

    expect(cache.keysFor(PROJECT, 'archive')).toBe(keys);
    expect(await lookups).toMatchObject([
      { reason: { cause: { message: 'no answer within 0.05 s' } } },
      { reason: { cause: { message: 'more than 1 lookups of signature secrets are waiting' } } },
      { reason: { cause: { message: 'no answer within 0.05 s' } } },
    ]);
  });

  it('remembers no more unproven projects than it may, and drops the one that was not used for longest', async () => {
    const provider = new AskedProvider(({ projectId }) => (projectId === '1' ? SECRET : undefined));
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 1, size: 2 });
    for (const projectId of ['1', '2', '1', '3', '1', '2']) await cache.keysFor(projectId, 'archive');

    expect(provider.queries.map(({ projectId }) => projectId)).toEqual(['1', '2', '3', '2']);
  });

  describe('while the provider fails, with staleIfError', () => {
    type Behaviour = () => Awaitable<string | undefined>;
    const sealed: Behaviour = () => Promise.reject(new Error('sealed'));

    /** A cache whose answer for a proven project is no longer fresh. */
    async function stale({ staleIfError = 300, first = (): string | undefined => SECRET } = {}) {
      const timers = stopTimers();
      let behaviour: Behaviour = first;
      const provider = new AskedProvider(() => behaviour());
      const reported: string[] = [];
      const cache = new SignatureKeyCache(provider, {
        ttl: 60,
        timeout: 5,
        staleIfError,
        onStale: ({ cause }) => reported.push(String(cause)),
      });
      const keys = await cache.keysFor(PROJECT, 'sip');
      if (keys?.[0] === undefined) cache.passedOver(PROJECT, 'sip');
      else cache.matched(PROJECT, 'sip', keys[0]);
      timers.forward(60);
      return {
        keys,
        reported,
        timers,
        provider,
        cache,
        become: (next: Behaviour) => (behaviour = next),
        look: async () => cache.keysFor(PROJECT, 'sip'),
      };
    }

    it.each<[string, Behaviour, reported: RegExp]>([
      ['rejects', sealed, /^Error: sealed$/],
      [
        'throws',
        () => {
          throw new RangeError('denied');
        },
        /^RangeError: denied$/,
      ],
      ['answers what is no secret', () => '', /^InvalidSecretError: .* is empty/],
    ])('uses its last answer when it %s, and reports the cause', async (_, behaviour, expected) => {
      const { keys, reported, become, look } = await stale();
      become(behaviour);

      expect(await look()).toBe(keys);
      expect(reported).toEqual([expect.stringMatching(expected)]);
    });

    it('waits once for a provider that hangs, and then not again for as long', async () => {
      const { keys, reported, timers, provider, cache, become, look } = await stale();
      become(never);
      const first = look();
      await nextTurn();
      timers.forward(5);
      expect(await first).toBe(keys);
      expect(reported).toEqual(['SecretsUnavailableError: no answer within 5 s']);
      timers.forward(4.999);
      expect(cache.keysFor(PROJECT, 'sip')).toBe(keys);
      await nextTurn();
      expect(provider.queries).toHaveLength(2);

      timers.forward(0.001);
      expect(cache.keysFor(PROJECT, 'sip')).toBe(keys);
      expect(cache.keysFor(PROJECT, 'sip')).toBe(keys);
      await nextTurn();
      expect(provider.queries).toHaveLength(3);
    });

    it('has the new answer as soon as there is one', async () => {
      const { timers, cache, become, look } = await stale();
      become(sealed);
      await look();
      become(() => undefined);
      timers.forward(5);
      await look();
      await nextTurn();

      expect(cache.keysFor(PROJECT, 'sip')).toBeUndefined();
    });

    it.each([0, 300, Infinity])('%s uses no answer older than staleIfError', async (staleIfError) => {
      const { keys, timers, become, look } = await stale({ staleIfError });
      become(sealed);
      if (staleIfError > 0) {
        timers.forward(Math.min(staleIfError, 1e6) - 0.001);
        expect(await look()).toBe(keys);
        timers.forward(0.001);
      }

      if (staleIfError === Infinity) expect(await look()).toBe(keys);
      else await expect(look()).rejects.toThrow('are unavailable');
    });

    it('uses the answer that the project is unknown as well', async () => {
      const { become, look, reported } = await stale({ first: () => undefined });
      become(sealed);

      expect(await look()).toBeUndefined();
      expect(reported).toHaveLength(1);
    });

    it('uses none for a project of which no signature was found good', async () => {
      const timers = stopTimers();
      let isSealed = false;
      const provider = new AskedProvider(() => (isSealed ? sealed() : SECRET));
      const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 5, staleIfError: 300 });
      await cache.keysFor(PROJECT, 'sip');
      isSealed = true;
      timers.forward(60);

      await expect(cache.keysFor(PROJECT, 'sip')).rejects.toThrow('are unavailable');
    });
  });

  describe('with a stopped clock', () => {
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
      expect(cache.keysAtHand(PROJECT, 'sip')).toBeUndefined();

      answer = SECRET;
      clock.forward(31);
      expect(await cache.keysFor(PROJECT, 'sip')).toHaveLength(1);
      clock.forward(29);
      expect(await cache.keysFor(PROJECT, 'sip')).toHaveLength(1);
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
      message: 'the signature secrets for sip callbacks are unavailable',
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
  ])('asks for no more unproven projects at a time than concurrency says: %s', async (concurrency, most) => {
    const timers = stopTimers();
    const provider = new AskedProvider(never);
    const unproven = concurrency === undefined ? {} : { concurrency };
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 0.05, unproven });
    const lookups = Array.from({ length: 20 }, async (_, index) => cache.keysFor(`invented ${index}`, 'sip'));
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

  describe('called with the key that matched', () => {
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

    it('puts the latest that matched in front, whichever did before', async () => {
      const { cache, keys, order } = await rotating();
      for (const key of keys.slice(1)) cache.matched(PROJECT, 'sip', key);

      expect(await order()).toEqual([2, 1, 0]);
    });

    it('does nothing for one that it has not, nor for a project that it does not know', async () => {
      const { cache, order } = await rotating();
      const [other] = (await importSignatureKeys(['new'])) as [SignatureKey];
      cache.matched(PROJECT, 'sip', other);
      cache.matched('other', 'sip', other);

      expect(await order()).toEqual([0, 1, 2]);
      expect(cache.keysAtHand('other', 'sip')).toBeUndefined();
    });
  });

  it('knows the projects that its provider knows', async () => {
    const provider = new AskedProvider(({ projectId }) => (projectId === PROJECT ? SECRET : undefined));
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 1 });

    expect(await cache.knowsProject(PROJECT, 'sip')).toBe(true);
    expect(await cache.knowsProject('other', 'sip')).toBe(false);
  });

  it('takes no longer for all questions of a verification than for one', async () => {
    const timers = stopTimers();
    const cache = new SignatureKeyCache(new AskedProvider(never), { ttl: 60, timeout: 5 });
    const askedSince = performance.now();
    timers.forward(3);
    const ended = Promise.allSettled([cache.keysFor(PROJECT, 'sip', askedSince)]);
    const first = Promise.allSettled([cache.keysFor('other', 'sip')]);
    timers.forward(1.999);
    expect(await Promise.race([ended, nextTurn('under way')])).toBe('under way');
    timers.forward(0.001);

    expect(await Promise.race([ended, nextTurn('under way')])).toMatchObject([{ status: 'rejected' }]);
    expect(await Promise.race([first, nextTurn('under way')])).toBe('under way');
  });

  it('has at hand what a provider has answered, and asks it for nothing', async () => {
    const provider = new AskedProvider(() => SECRET);
    const cache = new SignatureKeyCache(provider, { ttl: 60, timeout: 1 });
    expect(cache.keysAtHand(PROJECT, 'sip')).toBeUndefined();
    expect(provider.queries).toEqual([]);
    await cache.keysFor(PROJECT, 'sip');

    expect(cache.keysAtHand(PROJECT, 'sip')).toHaveLength(1);
  });
});
