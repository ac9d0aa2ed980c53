import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'pg';
import { CallbackAlreadyHandledError, PostgresCallbackLedger, type PostgresClient } from '../../lib/postgres/index.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres-server.js';
import { newCallbackId as newId } from './callback-ids.js';
import { inTransaction, openTransaction } from './transactions.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new Pool({ connectionString: database.url, max: 20 });
  await pool.query('CREATE TABLE booking (callback text NOT NULL)');
  await new PostgresCallbackLedger(pool, { createTable: true }).warnings();
}, 30_000);
afterAll(async () => {
  await pool.end();
  await database.remove();
});

const ledgerWith = (times = {}): PostgresCallbackLedger => new PostgresCallbackLedger(pool, times);

/** How often a callback was booked. */
async function bookings(id: string): Promise<number> {
  return (await pool.query('SELECT FROM booking WHERE callback = $1', [id])).rowCount ?? 0;
}

/** How long a promise took, in ms. */
async function durationOf(promise: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await promise;
  return performance.now() - startedAt;
}

describe('completeWithin', () => {
  it.each(['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'])(
    'marks a callback as handled when its transaction commits (%s), claimed or not',
    async (isolation) => {
      const [claimed, unclaimed, ledger] = [newId(), newId(), ledgerWith()];
      await ledger.claim(claimed, 'me');
      for (const id of [claimed, unclaimed]) {
        await inTransaction(pool, (client) => ledger.completeWithin(client, id), `ISOLATION LEVEL ${isolation}`);
        expect(await ledger.claim(id, 'you')).toBe('completed');
      }
    },
  );

  it('marks nothing when its transaction rolls back', async () => {
    const [id, ledger] = [newId(), ledgerWith()];
    await ledger.claim(id, 'me');
    const failure = inTransaction(pool, async (client) => {
      await ledger.completeWithin(client, id);
      throw new Error('of the method');
    });
    await expect(failure).rejects.toThrow('of the method');

    await ledger.release(id, 'me');
    expect(await ledger.claim(id, 'you')).toBe('claimed');
  });

  it('works within a savepoint, as part of the whole transaction', async () => {
    const [id, ledger] = [newId(), ledgerWith()];
    await ledger.claim(id, 'me');
    const { client, end } = await openTransaction(pool);
    await client.query('SAVEPOINT nested');
    await ledger.completeWithin(client, id);
    await client.query('RELEASE nested');
    expect(await ledger.claim(id, 'you')).toBe('in-progress');
    await end('COMMIT');
    expect(await ledger.claim(id, 'you')).toBe('completed');
  });

  it('throws if another copy was handled since the claim was lost, and nothing of its transaction stays', async () => {
    const [id, stalled, other] = [newId(), ledgerWith({ lease: 0.1 }), ledgerWith()];
    await stalled.claim(id, 'stalled');
    await wait(150);
    await other.claim(id, 'other');
    await inTransaction(pool, (client) => other.completeWithin(client, id));

    const late = inTransaction(pool, async (client) => {
      await client.query('INSERT INTO booking VALUES ($1)', [id]);
      await stalled.completeWithin(client, id);
    });
    await expect(late).rejects.toThrow(CallbackAlreadyHandledError);
    expect(await bookings(id)).toBe(0);
  });

  it('wins over a claim of another, whose own transaction then fails', async () => {
    const [id, ledger] = [newId(), ledgerWith({ lease: 0.1 })];
    await ledger.claim(id, 'stalled');
    await wait(150);
    expect(await ledger.claim(id, 'other')).toBe('claimed');
    await inTransaction(pool, (client) => ledger.completeWithin(client, id));

    const other = inTransaction(pool, (client) => ledger.completeWithin(client, id));
    await expect(other).rejects.toThrow(CallbackAlreadyHandledError);
  });

  it.each([
    ['COMMIT', false],
    ['ROLLBACK', true],
  ] as const)('waits for another transaction that marked the callback, until its %s', async (how, mayGoOn) => {
    const [id, ledger] = [newId(), ledgerWith()];
    const first = await openTransaction(pool);
    await ledger.completeWithin(first.client, id);
    const second = inTransaction(pool, (client) => ledger.completeWithin(client, id)).then(
      () => true,
      () => false,
    );
    expect(await Promise.race([second, wait(200, 'waits')])).toBe('waits');
    await first.end(how);
    expect(await second).toBe(mayGoOn);
  });

  it('refuses a client that is not in a transaction, and marks nothing', async () => {
    const [id, ledger] = [newId(), ledgerWith()];
    const single = await pool.connect();
    try {
      for (const client of [pool, single]) {
        await expect(ledger.completeWithin(client, id)).rejects.toThrow(/not in a transaction/);
      }
    } finally {
      single.release();
    }
    expect(await ledger.claim(id, 'me')).toBe('claimed');
    await expect(ledger.completeWithin(undefined as never, id)).rejects.toThrow(/^the client is undefined: give/);
  });

  it('waits for 5 s at most for a connection to make the table with', async () => {
    const query = () => new Promise<never>(() => undefined);
    const hanging = new PostgresCallbackLedger({ query }, { table: 'missing', createTable: true });
    const waiting = inTransaction(pool, (client) => hanging.completeWithin(client, newId()));

    await expect(waiting).rejects.toMatchObject({ code: 'ERR_CALLBACKS_STORAGE_TIMEOUT' });
  });

  it.each([
    ['the id of an archive, which all of its callbacks have', randomUUID()],
    ['a key of the application', `archive-${randomUUID()}`],
    ['the id of a job', `${newId()}@staging`],
    ['a text without content', ''],
    ['no text', undefined as unknown as string],
  ])('refuses %s in place of the id of a callback, and sends nothing', async (_, id) => {
    await inTransaction(pool, async (client) => {
      await expect(ledgerWith().completeWithin(client, id)).rejects.toThrow(
        new TypeError('completeWithin() got an id that no callback has: give it the one that @CallbackId() injects.'),
      );
      await expect(client.query('SELECT 1')).resolves.toBeDefined();
    });
  });

  it('says what to do if the table is missing, as a claim does', async () => {
    const ledger = new PostgresCallbackLedger(pool, { table: 'missing' });
    const says = {
      code: 'ERR_CALLBACKS_TABLE_MISSING',
      message: 'the table "missing" of the ledger is missing: set createTable: true, or run postgresLedgerSchema()',
      cause: expect.objectContaining({ code: '42P01' }) as unknown,
    };

    await expect(inTransaction(pool, (client) => ledger.completeWithin(client, newId()))).rejects.toMatchObject(says);
    await expect(ledger.claim(newId(), 'me')).rejects.toMatchObject(says);
  });

  it('grants each of many copies once, however they come', async () => {
    const [ids, ledger] = [Array.from({ length: 20 }, newId), ledgerWith()];
    const book = (id: string) =>
      inTransaction(pool, async (client) => {
        await client.query('INSERT INTO booking VALUES ($1)', [id]);
        if (Math.random() < 0.2) throw new Error('of the method');
        await ledger.completeWithin(client, id);
      }).catch((error: unknown) => error);
    await Promise.all([...ids, ...ids, ...ids, ...ids, ...ids, ...ids].map(book));

    for (const id of ids) expect(await bookings(id)).toBe((await ledger.claim(id, 'me')) === 'completed' ? 1 : 0);
  });

  it('remembers a callback for the retention, after which it may be handled again', async () => {
    const [id, ledger] = [newId(), ledgerWith({ retention: 0.3 })];
    await inTransaction(pool, (client) => ledger.completeWithin(client, id));
    await expect(inTransaction(pool, (client) => ledger.completeWithin(client, id))).rejects.toThrow();
    await wait(400);
    await expect(inTransaction(pool, (client) => ledger.completeWithin(client, id))).resolves.toBeUndefined();
  });

  it('counts the retention from the mark, not from the beginning of its transaction', async () => {
    const [id, ledger] = [newId(), ledgerWith({ retention: 0.5 })];
    await inTransaction(pool, async (client) => {
      await wait(600);
      await ledger.completeWithin(client, id);
    });
    expect(await ledger.claim(id, 'me')).toBe('completed');
  });

  it('is not changed by a completion that follows it', async () => {
    const [id, ledger] = [newId(), ledgerWith()];
    const row = async (): Promise<unknown> =>
      (await pool.query('SELECT *, xmin FROM video_callback_ledger WHERE id = $1', [id])).rows;
    await inTransaction(pool, (client) => ledger.completeWithin(client, id));
    const before = await row();
    await ledger.complete(id);
    await ledger.release(id, 'me');
    expect(await row()).toEqual(before);
  });
});

describe('a ledger in Postgres, while a transaction has marked a callback', () => {
  it('answers claims, renewals and releases at once, and grants nothing after the lease', async () => {
    const [id, ledger] = [newId(), ledgerWith({ lease: 0.2 })];
    await ledger.claim(id, 'me');
    const { client, end } = await openTransaction(pool);
    await ledger.completeWithin(client, id);

    expect(await ledger.renew(id, 'me')).toBe(true);
    expect([await ledger.claim(id, 'me'), await ledger.claim(id, 'you')]).toEqual(['claimed', 'in-progress']);
    await wait(250);
    const states: string[] = [];
    const all = async (): Promise<void> => {
      states.push(await ledger.claim(id, 'you'), await ledger.claim(id, 'me'));
      await ledger.renew(id, 'me');
      await ledger.release(id, 'me');
    };
    expect(await durationOf(all())).toBeLessThan(500);
    expect(states).toEqual(['in-progress', 'in-progress']);

    await end('COMMIT');
    expect(await ledger.claim(id, 'you')).toBe('completed');
  });

  it('answers claims soon also where the callback had none, and is not taken for unavailable', async () => {
    const [id, ledger] = [newId(), ledgerWith()];
    const { client, end } = await openTransaction(pool);
    await ledger.completeWithin(client, id);
    const wrapping: PostgresClient = {
      query: (text, values) =>
        pool.query(text, values).catch((cause: unknown) => {
          throw new Error('of a client that wraps', { cause });
        }),
    };
    const claims = Promise.all([ledger.claim(id, 'you'), new PostgresCallbackLedger(wrapping).claim(id, 'me')]);
    try {
      expect(await Promise.race([claims, wait(1000, 'waits')])).toEqual(['in-progress', 'in-progress']);
    } finally {
      await end('ROLLBACK');
    }
    expect(await ledger.claim(id, 'you')).toBe('claimed');
  });

  it('does not take for handled what it has forgotten', async () => {
    const [id, ledger] = [newId(), ledgerWith({ retention: 0.1 })];
    await ledger.complete(id);
    await wait(150);
    const { client, end } = await openTransaction(pool);
    await ledger.completeWithin(client, id);
    expect(await ledger.claim(id, 'me')).toBe('in-progress');
    await end('ROLLBACK');
    expect(await ledger.claim(id, 'me')).toBe('claimed');
  });

  it('removes expired rows all the same', async () => {
    const ledger = ledgerWith({ lease: 0.1 });
    const [marked, expired] = [newId(), newId()];
    await ledger.claim(marked, 'me');
    await ledger.claim(expired, 'me');
    await wait(150);
    const { client, end } = await openTransaction(pool);
    await ledger.completeWithin(client, marked);
    const { rows } = await pool.query("DELETE FROM video_callback_ledger WHERE id = 'removal of expired rows'");
    expect(rows).toEqual([]);
    await ledgerWith().complete(newId());
    await wait(300);
    const left = async (id: string) =>
      (await pool.query('SELECT FROM video_callback_ledger WHERE id = $1', [id])).rowCount;
    expect([await left(marked), await left(expired)]).toEqual([1, 0]);
    await end('COMMIT');
    expect(await ledger.claim(marked, 'you')).toBe('completed');
  });
});
