import { Controller, Post } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { CallbackId, VideoCallback } from '../../lib/index.js';
import { NotCommittedError, PostgresCallbackLedger } from '../../lib/postgres/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { inTransaction, openTransaction } from './transactions.js';
import { newCallbackId } from './callback-ids.js';
import { useDatabase } from './use-database.js';

const PATH = '/video/archives';
const STORAGE_TIMEOUT = 0.5;
const LEASE = 0.3;

const database = useDatabase(4, (pool) => pool.query('CREATE TABLE booking (callback text NOT NULL)'));
let ledger: PostgresCallbackLedger;
let inbox: MemoryInbox;
let running: RunningApplication;
/** The ids with which the method was called. */
let handled: string[];
/** What the method does. */
let method: (id: string) => Promise<void>;

@Controller('video')
class VideoController {
  @Post('archives')
  @VideoCallback('archive')
  async onArchive(@CallbackId() id: string): Promise<void> {
    handled.push(id);
    await method(id);
  }
}

beforeEach(() => {
  handled = [];
  method = book;
});

/** Books a callback and marks it as handled, in one transaction. */
function book(id: string): Promise<void> {
  return inTransaction(database.pool, async (client) => {
    await client.query('INSERT INTO booking VALUES ($1)', [id]);
    await ledger.completeWithin(client, id);
  });
}

/** Books a callback after another copy was booked elsewhere, as in a process that stood still beyond its lease. */
async function bookLate(id: string): Promise<void> {
  await book(id);
  await book(id);
}

async function bookButRollBack(id: string): Promise<void> {
  const { client, end } = await openTransaction(database.pool);
  await client.query('INSERT INTO booking VALUES ($1)', [id]);
  await ledger.completeWithin(client, id);
  await end('ROLLBACK');
}

/** How often a callback was booked. */
async function bookings(id = handled[0]): Promise<number> {
  return (await database.pool.query('SELECT FROM booking WHERE callback = $1', [id])).rowCount ?? 0;
}

async function post(request = signed(PAYLOADS.archive)): Promise<number> {
  return (await running.post(PATH, request)).status;
}

/** Which outcomes there were of the callback that was handled. */
function outcomes(): string[] {
  const all = Object.entries(running.observed.outcomes).flatMap(([name, each]) =>
    each.map((outcome) => ({ name, outcome })),
  );
  return all.filter(({ outcome }) => 'id' in outcome && outcome.id === handled[0]).map(({ name }) => name);
}

/** Why the callback failed. */
function failure(): unknown {
  return running.observed.outcomes.failed.find(({ id }) => id === handled[0])?.error;
}

describe.each(PLATFORMS)('a method that calls completeWithin, on %s', (platform) => {
  beforeAll(async () => {
    ledger = new PostgresCallbackLedger(database.pool, { createTable: true, lease: LEASE });
    const options = { ledger, storageTimeout: STORAGE_TIMEOUT };
    running = await startApplication({ platform, controllers: [VideoController], options });
  });
  afterAll(() => running.close());

  it('takes effect once for a callback that comes twice', async () => {
    const request = signed(PAYLOADS.archive);
    expect([await post(request), await post(request)]).toEqual([204, 204]);
    expect(outcomes()).toEqual(['accepted', 'duplicate']);
    expect([handled.length, await bookings()]).toEqual([1, 1]);
  });

  it('is rolled back and answered as a duplicate if another copy was handled meanwhile', async () => {
    method = bookLate;
    expect(await post()).toBe(204);
    expect(outcomes()).toEqual(['duplicate']);
    expect(await bookings()).toBe(1);
  });

  it('is answered as a duplicate also if the application wraps what was thrown', async () => {
    method = (id) =>
      bookLate(id).catch((cause: unknown) => {
        throw new Error('of the application', { cause });
      });
    expect(await post()).toBe(204);
    expect(outcomes()).toEqual(['duplicate']);
  });

  it('fails if its transaction was not committed when it returned, and its next copy is handled', async () => {
    method = bookButRollBack;
    const request = signed(PAYLOADS.archive);
    expect(await post(request)).toBe(500);
    expect(failure()).toBeInstanceOf(NotCommittedError);
    expect(failure()).toMatchObject({ code: 'ERR_CALLBACKS_NOT_COMMITTED' });

    method = book;
    expect(await post(request)).toBe(204);
    expect([outcomes(), await bookings()]).toEqual([['accepted', 'failed'], 1]);
  });

  it('fails if its transaction was not committed, also where the ledger has the row of a forgotten copy', async () => {
    method = async (id) => {
      const forgotten = "SET holder = NULL, expires_at = now() - interval '1 second'";
      await database.pool.query(`UPDATE video_callback_ledger ${forgotten} WHERE id = $1`, [id]);
      await bookButRollBack(id);
    };
    expect(await post()).toBe(500);
    expect(failure()).toMatchObject({ code: 'ERR_CALLBACKS_NOT_COMMITTED' });
  });

  it('fails if it calls completeWithin twice in one transaction: nothing was handled', async () => {
    method = (id) =>
      inTransaction(database.pool, async (client) => {
        await ledger.completeWithin(client, id);
        await ledger.completeWithin(client, id);
      });
    expect(await post()).toBe(500);
    expect(failure()).toMatchObject({ code: 'ERR_CALLBACKS_NOT_COMMITTED' });
  });

  it('fails, and is no duplicate, if it completes another callback that was handled', async () => {
    const another = newCallbackId();
    method = () => book(another);
    expect(await post()).toBe(204);
    handled = [];
    expect(await post()).toBe(500);
    expect(failure()).toMatchObject({ code: 'ERR_CALLBACKS_NOT_COMMITTED' });
    await database.pool.query('DELETE FROM video_callback_ledger WHERE id = $1', [another]);
  });

  it('fails if it gives the database.pool instead of the client of its transaction', async () => {
    method = (id) => ledger.completeWithin(database.pool, id);
    expect(await post()).toBe(500);
    expect(failure()).toMatchObject({ name: 'TypeError', message: expect.stringContaining('not in a transaction') });
  });

  it('fails with what it throws besides, whether its transaction was committed or not', async () => {
    method = async (id) => {
      await book(id);
      throw new Error('after the commit');
    };
    const request = signed(PAYLOADS.archive);
    expect(await post(request)).toBe(500);
    expect(failure()).toMatchObject({ message: 'after the commit' });
    expect(await post(request)).toBe(204);
    expect([outcomes(), await bookings()]).toEqual([['duplicate', 'failed'], 1]);
  });

  it('keeps its claim while its transaction is open beyond the lease, and no copy takes the ledger for unavailable', async () => {
    const request = signed(PAYLOADS.archive);
    let copy: Promise<number> | undefined;
    method = async (id) => {
      const { client, end } = await openTransaction(database.pool);
      await ledger.completeWithin(client, id);
      copy = post(request);
      await wait(3 * LEASE * 1000);
      await end('COMMIT');
    };
    expect([await post(request), await copy]).toEqual([204, 204]);
    expect(handled).toHaveLength(1);
    expect(outcomes()).toEqual(['accepted', 'duplicate']);
  });

  it('fails if the ledger does not say in time whether its transaction was committed', async () => {
    const held: { release(): void }[] = [];
    method = async (id) => {
      await book(id);
      for (let count = 0; count < 4; count += 1) held.push(await database.pool.connect());
    };
    const request = signed(PAYLOADS.archive);
    const startedAt = performance.now();
    try {
      expect(await post(request)).toBe(500);
    } finally {
      for (const client of held) client.release();
    }
    expect(performance.now() - startedAt).toBeLessThan(STORAGE_TIMEOUT * 1000 + 1500);
    expect(failure()).toMatchObject({ code: 'ERR_CALLBACKS_NOT_COMMITTED' });
    // It was, so its next copy is a duplicate.
    expect(await post(request)).toBe(204);
    expect(await bookings()).toBe(1);
  });
});

describe.each(PLATFORMS)('a method that calls completeWithin while no claim is answered, on %s', (platform) => {
  let isBroken: boolean;
  beforeAll(async () => {
    const query = (text: string, values: string[]) =>
      isBroken && text.includes("'claimed'")
        ? Promise.reject(new Error('no claims'))
        : database.pool.query(text, values);
    ledger = new PostgresCallbackLedger({ query }, { createTable: true });
    running = await startApplication({ platform, controllers: [VideoController], options: { ledger } });
  });
  afterAll(() => running.close());

  it('takes effect once all the same', async () => {
    isBroken = false;
    const request = signed(PAYLOADS.archive);
    expect(await post(request)).toBe(204);
    // Until the ledger has its completion, the process knows the callback without asking.
    await wait(200);
    isBroken = true;
    expect(await post(request)).toBe(204);

    expect([handled.length, await bookings()]).toEqual([2, 1]);
    expect(outcomes()).toEqual(['accepted', 'duplicate', 'unavailable']);
  });
});

describe.each(PLATFORMS)('a method that calls completeWithin for a callback from an inbox, on %s', (platform) => {
  beforeAll(async () => {
    ledger = new PostgresCallbackLedger(database.pool, { createTable: true });
    inbox = new MemoryInbox();
    running = await startApplication({ platform, controllers: [VideoController], options: { inbox } });
  });
  afterAll(() => running.close());

  it('takes effect once, however often the callback is delivered', async () => {
    await post();
    await inbox.deliverLatest();
    await inbox.deliverLatest();
    expect([handled.length, await bookings()]).toEqual([2, 1]);
    expect(outcomes()).toEqual(['accepted', 'stored', 'duplicate', 'redelivered', 'redelivered']);
  });

  it('is delivered again if its transaction was not committed', async () => {
    method = bookButRollBack;
    await post();
    await expect(inbox.deliverLatest({ attempt: 1, of: 2 })).rejects.toMatchObject({
      next: 'retry',
      cause: { code: 'ERR_CALLBACKS_NOT_COMMITTED' },
    });
    method = book;
    await inbox.deliverLatest({ attempt: 2, of: 2 });
    expect(await bookings()).toBe(1);
  });
});
