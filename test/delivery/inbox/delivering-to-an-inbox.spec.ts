import { ServiceUnavailableException } from '@nestjs/common';
import { describe, expect, it, jest } from '@jest/globals';
import { LedgerDelivery } from '../../../lib/delivery/ledger/ledger-delivery.js';
import { MemoryCallbackLedger } from '../../../lib/delivery/ledger/callback-ledger.js';
import { InboxDelivery } from '../../../lib/delivery/inbox/inbox-delivery.js';
import { useFakeTimers } from '../../support/clock.js';
import { fateOf, resolvedTo } from '../../support/fate.js';
import { Arrivals, storedCallback } from '../arrivals.js';
import { MemoryInbox } from '../../support/memory-inbox.js';
import { unavailable, hanging } from '../remote-ledger.js';
import { storeOf } from '../stores.js';

const storageTime = { durations: { storage: expect.any(Number) } };

describe('a callback that is put into an inbox', () => {
  useFakeTimers();

  function start(policy: 'handle' | 'reject' = 'handle') {
    const arrivals = new Arrivals();
    const inbox = new MemoryInbox();
    const store = storeOf({ dependency: 'inbox', policy }, arrivals.telemetry);
    const memory = storeOf({ dependency: 'ledger' }, arrivals.telemetry);
    const withoutInbox = new LedgerDelivery(new MemoryCallbackLedger(), memory, 2000);
    return {
      arrivals,
      inbox,
      delivery: new InboxDelivery(inbox, store, withoutInbox),
      outcomes: arrivals.observed.outcomes,
    };
  }

  it('is described with the scope of the inbox', () => {
    expect(start().delivery.description).toBe('callbacks are stored in memory and handled from there');
  });

  it('is stored once and not handled, and its copies are duplicates', async () => {
    const { arrivals, inbox, delivery, outcomes } = start();
    await expect(delivery.deliver(arrivals.next({ id: 'archive-7' }))).resolves.toBeUndefined();
    expect(arrivals.ends).toEqual({ stored: 1 });
    await expect(delivery.deliver(arrivals.next({ id: 'archive-7' }))).resolves.toBeUndefined();
    expect(arrivals.ends).toEqual({ stored: 1, duplicate: 1 });
    expect(inbox.stored).toMatchObject([
      { id: 'archive-7', body: storedCallback().body, route: 'VideoController.onArchive' },
    ]);
    expect(arrivals.handled).toBe(0);
    expect(outcomes).toMatchObject({ stored: [storageTime], duplicate: [storageTime] });
  });

  it('is handled at once while the inbox is unavailable, without a result, and its return is reported', async () => {
    const { arrivals, inbox, delivery, outcomes } = start();
    inbox.reach = unavailable;

    await expect(delivery.deliver(arrivals.next())).resolves.toBeUndefined();
    expect(arrivals.handled).toBe(1);
    expect(arrivals.ends).toEqual({ unavailable: 1, accepted: 1 });
    expect(outcomes.unavailable).toMatchObject([{ dependency: 'inbox', policy: 'handle', ...storageTime }]);
    inbox.reach = () => Promise.resolve();
    await jest.advanceTimersByTimeAsync(0);
    await delivery.deliver(arrivals.next({ id: 'archive-2' }));
    expect(outcomes.recovered).toEqual([{ dependency: 'inbox', missed: 1 }]);
  });

  it('is handled at once when the inbox does not answer within storageTimeout', async () => {
    const { arrivals, inbox, delivery } = start();
    inbox.reach = hanging;
    const fate = fateOf(delivery.deliver(arrivals.next()));
    await jest.advanceTimersByTimeAsync(1999);
    expect(arrivals.handled).toBe(0);
    await jest.advanceTimersByTimeAsync(1);

    expect(arrivals.handled).toBe(1);
    expect(fate()).toEqual(resolvedTo(undefined));
  });

  it('is handled once by a process while the inbox is unavailable, and not again when it is back', async () => {
    const { arrivals, inbox, delivery } = start();
    inbox.reach = unavailable;
    let complete: () => void = () => undefined;
    const handle = () => new Promise<void>((resolve) => (complete = resolve));
    const first = delivery.deliver(arrivals.next({ handle }));
    const second = delivery.deliver(arrivals.next());
    await jest.advanceTimersByTimeAsync(0);
    complete();
    await Promise.all([first, second, delivery.deliver(arrivals.next())]);
    inbox.reach = () => Promise.resolve();
    await jest.advanceTimersByTimeAsync(10_000);
    await delivery.deliver(arrivals.next());

    // The third came before the first had ended, so that the inbox was not asked for it.
    expect(arrivals.ends).toEqual({ unavailable: 2, accepted: 1, duplicate: 3 });
    expect(inbox.stored).toEqual([]);
  });

  /** A callback that is being handled, since it came while the inbox was unavailable. */
  async function startHandlingWithoutInbox() {
    const started = start();
    started.inbox.reach = unavailable;
    let end: () => void = () => undefined;
    const handle = () => new Promise<void>((resolve) => (end = resolve));
    const first = started.delivery.deliver(started.arrivals.next({ handle }));
    await jest.advanceTimersByTimeAsync(0);
    const complete = (): void => {
      end();
    };
    return { ...started, first, complete };
  }

  it('is not stored while a copy is handled without the inbox, also if the inbox is back', async () => {
    const { arrivals, inbox, delivery, first, complete } = await startHandlingWithoutInbox();
    inbox.reach = () => Promise.resolve();
    const second = delivery.deliver(arrivals.next());
    await jest.advanceTimersByTimeAsync(100);
    await delivery.deliver(arrivals.next({ id: 'archive-2' }));
    complete();
    await Promise.all([first, second]);

    expect(inbox.stored).toMatchObject([{ id: 'archive-2' }]);
    expect(arrivals.ends).toEqual({ unavailable: 1, accepted: 1, duplicate: 1, stored: 1, recovered: 1 });
  });

  it('is not stored either when a copy of it has waited for the first one for too long', async () => {
    const { arrivals, inbox, delivery, first, complete } = await startHandlingWithoutInbox();
    inbox.reach = () => Promise.resolve();
    const second = fateOf(delivery.deliver(arrivals.next()));
    await jest.advanceTimersByTimeAsync(2000);
    expect(second().error).toBeInstanceOf(ServiceUnavailableException);
    const third = delivery.deliver(arrivals.next());
    complete();
    await Promise.all([first, third]);

    expect(inbox.stored).toEqual([]);
  });

  it('is stored if its copies failed while the inbox was unavailable and another comes when it is back', async () => {
    const { arrivals, inbox, delivery } = start();
    inbox.reach = unavailable;
    const fail = () => delivery.deliver(arrivals.next({ handle: () => Promise.reject(new Error('no')) }));
    const copies = await Promise.allSettled([fail(), fail()]);
    expect(copies.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    inbox.reach = () => Promise.resolve();
    await jest.advanceTimersByTimeAsync(10_000);
    await delivery.deliver(arrivals.next());

    expect(inbox.stored).toHaveLength(1);
    expect(arrivals.ends).toMatchObject({ failed: 2, stored: 1 });
  });

  /** An inbox that was unavailable when callbacks came, which were handled at once. */
  function startMissing() {
    const arrivals = new Arrivals();
    const inbox = new MemoryInbox();
    const store = storeOf({ dependency: 'inbox' }, arrivals.telemetry);
    const way = { description: '', deliver: jest.fn(() => Promise.resolve<unknown>(undefined)) };
    const delivery = new InboxDelivery(inbox, store, way);
    const one = arrivals.next();
    const deliver = (id: string) => delivery.deliver({ ...one, id });
    const miss = async (...ids: string[]): Promise<void> => {
      inbox.reach = unavailable;
      for (const id of ids) await deliver(id);
      inbox.reach = () => Promise.resolve();
      await jest.advanceTimersByTimeAsync(10_000);
    };
    return { inbox, way, deliver, miss };
  }

  it('is stored if it was handled while the inbox was unavailable and a copy of it fails', async () => {
    const { inbox, way, deliver, miss } = startMissing();
    await miss('archive-1');
    way.deliver.mockRejectedValueOnce(new Error('no'));
    await expect(deliver('archive-1')).rejects.toThrow('no');
    expect(inbox.stored).toEqual([]);
    await deliver('archive-1');

    expect(inbox.stored).toHaveLength(1);
  });

  it('is known as handled as long as no 100,000 others were handled without the inbox', async () => {
    const { inbox, way, deliver, miss } = startMissing();
    // What is kept of each of so many calls and errors takes longer than the calls.
    Object.assign(way, { deliver: () => Promise.resolve() });
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    await miss(...Array.from({ length: 100_000 }, (_, index) => `archive-${index}`));
    Error.stackTraceLimit = stackTraceLimit;
    await deliver('archive-0');
    expect(inbox.stored).toEqual([]);
    await miss('another');
    await deliver('archive-1');
    expect(inbox.stored).toEqual([]);
    await deliver('archive-0');

    expect(inbox.stored).toHaveLength(1);
  });

  it('fails with what its method threw when it was handled at once', async () => {
    const { arrivals, inbox, delivery } = start();
    inbox.reach = unavailable;
    const error = new Error('the database is down');

    await expect(delivery.deliver(arrivals.next({ handle: () => Promise.reject(error) }))).rejects.toBe(error);
  });

  it('is refused while the inbox is unavailable if the operator chose so', async () => {
    const { arrivals, inbox, delivery } = start('reject');
    inbox.reach = unavailable;

    await expect(delivery.deliver(arrivals.next())).rejects.toThrow(ServiceUnavailableException);
    expect(arrivals.handled).toBe(0);
  });
});
