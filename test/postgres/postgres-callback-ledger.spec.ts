import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'pg';
import { NUMBER_OPTIONS } from '../../lib/options/number-options.js';
import { CallbackAlreadyHandledError, PostgresCallbackLedger, type PostgresClient } from '../../lib/postgres/index.js';
import { callbackLedgerContract } from '../../lib/testing/index.js';
import { newCallbackId as newId } from './callback-ids.js';
import { inTransaction, openTransaction } from './transactions.js';
import { useDatabase } from './use-database.js';

const database = useDatabase(20, async (pool) => {
  await pool.query('CREATE TABLE booking (callback text NOT NULL)');
  await new PostgresCallbackLedger(pool, { createTable: true }).warnings();
});

/** The pool of another process. */
function ownPool(): Pool {
  const pool = new Pool({ connectionString: database.url, max: 4 });
  database.onClose(() => pool.end());
  return pool;
}

describe('the contract of ledgers, in Postgres', () => {
  const contract = callbackLedgerContract(
    // Each ledger makes the table, or finds that another one makes it at the same time.
    (times) => new PostgresCallbackLedger(database.pool, { ...times, createTable: true }),
    { concurrent: true },
  );
  // Some cases wait for seconds, and none knows of another's callbacks: so they wait together.
  for (const { name, run } of contract) it.concurrent(name, run, 20_000);
});

describe('ledgers of several processes in one Postgres', () => {
  it('make one table, and grant each of many callbacks once', async () => {
    const table = `shared ${randomUUID()}`.slice(0, 40);
    const ledgers = Array.from(
      { length: 6 },
      () => new PostgresCallbackLedger(ownPool(), { table, createTable: true }),
    );
    const claims = Array.from({ length: 300 }, async (_, index) =>
      Promise.all(ledgers.map(async (ledger, holder) => ledger.claim(`archive-${index}`, `holder-${holder}`))),
    );

    for (const states of await Promise.all(claims)) {
      expect([...states].sort()).toEqual(['claimed', ...Array<string>(5).fill('in-progress')]);
    }
  });

  it('grant nothing that another holds, and nothing that is completed', async () => {
    const connect = () => new PostgresCallbackLedger(ownPool(), { table: 'contested', createTable: true });
    const ledgers = [connect(), connect(), connect()];
    const held = new Set<string>();
    const handled = new Map<string, number>();
    const wrong: string[] = [];
    let granted = 0;

    const work = async (worker: number): Promise<void> => {
      const ledger = ledgers[worker % ledgers.length];
      for (let turn = 0; turn < 150; turn += 1) {
        const id = `archive-${(worker + turn) % 5}-${Math.floor(turn / 30)}`;
        const holder = `${worker} ${turn}`;
        const wasHandled = handled.has(id);
        if ((await ledger?.claim(id, holder)) !== 'claimed') continue;
        granted += 1;
        if (held.has(id) || wasHandled || handled.has(id)) wrong.push(id);
        held.add(id);
        await ledger?.renew(id, holder);
        held.delete(id);
        if (turn % 10 === 9) {
          handled.set(id, worker);
          await ledger?.complete(id);
        } else {
          await ledger?.release(id, holder);
        }
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, worker) => work(worker)));

    expect(wrong).toEqual([]);
    expect(granted).toBeGreaterThan(50);
    expect(handled.size).toBeGreaterThan(5);
  });

  it('keep the largest values of options exactly', async () => {
    const { lease, retention } = NUMBER_OPTIONS.PostgresCallbackLedger;
    const table = 'largest';
    const options = { table, lease: lease.most, retention: retention.most, createTable: true };
    const ledger = new PostgresCallbackLedger(database.pool, options);
    const left = async (): Promise<number> => {
      const { rows } = await database.pool.query<{ left: string }>(
        `SELECT EXTRACT(EPOCH FROM expires_at - clock_timestamp())::text AS left FROM ${table}`,
      );
      return Number(rows[0]?.left);
    };

    await ledger.claim('archive-1', 'a');
    expect(lease.most - (await left())).toBeLessThan(60);
    expect(await ledger.renew('archive-1', 'a')).toBe(true);
    await ledger.complete('archive-1');
    expect(retention.most - (await left())).toBeLessThan(60);
  });
});

const ledgerWith = (times = {}): PostgresCallbackLedger => new PostgresCallbackLedger(database.pool, times);

/** How often a callback was booked. */
async function bookings(id: string): Promise<number> {
  return (await database.pool.query('SELECT FROM booking WHERE callback = $1', [id])).rowCount ?? 0;
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
        await inTransaction(
          database.pool,
          (client) => ledger.completeWithin(client, id),
          `ISOLATION LEVEL ${isolation}`,
        );
        expect(await ledger.claim(id, 'you')).toBe('completed');
      }
    },
  );

  it('marks nothing when its transaction rolls back', async () => {
    const [id, ledger] = [newId(), ledgerWith()];
    await ledger.claim(id, 'me');
    const failure = inTransaction(database.pool, async (client) => {
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
    const { client, end } = await openTransaction(database.pool);
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
    await inTransaction(database.pool, (client) => other.completeWithin(client, id));

    const late = inTransaction(database.pool, async (client) => {
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
    await inTransaction(database.pool, (client) => ledger.completeWithin(client, id));

    const other = inTransaction(database.pool, (client) => ledger.completeWithin(client, id));
    await expect(other).rejects.toThrow(CallbackAlreadyHandledError);
  });

  it.each([
    ['COMMIT', false],
    ['ROLLBACK', true],
  ] as const)('waits for another transaction that marked the callback, until its %s', async (how, mayGoOn) => {
    const [id, ledger] = [newId(), ledgerWith()];
    const first = await openTransaction(database.pool);
    await ledger.completeWithin(first.client, id);
    const second = inTransaction(database.pool, (client) => ledger.completeWithin(client, id)).then(
      () => true,
      () => false,
    );
    expect(await Promise.race([second, wait(200, 'waits')])).toBe('waits');
    await first.end(how);
    expect(await second).toBe(mayGoOn);
  });

  it('refuses a client that is not in a transaction, and marks nothing', async () => {
    const [id, ledger] = [newId(), ledgerWith()];
    const single = await database.pool.connect();
    try {
      for (const client of [database.pool, single]) {
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
    const waiting = inTransaction(database.pool, (client) => hanging.completeWithin(client, newId()));

    await expect(waiting).rejects.toMatchObject({ code: 'ERR_CALLBACKS_STORAGE_TIMEOUT' });
  });

  it.each([
    ['the id of an archive, which all of its callbacks have', randomUUID()],
    ['a key of the application', `archive-${randomUUID()}`],
    ['the id of a job', `${newId()}@staging`],
    ['a text without content', ''],
    ['no text', undefined as unknown as string],
  ])('refuses %s in place of the id of a callback, and sends nothing', async (_, id) => {
    await inTransaction(database.pool, async (client) => {
      await expect(ledgerWith().completeWithin(client, id)).rejects.toThrow(
        new TypeError('completeWithin() got an id that no callback has: give it the one that @CallbackId() injects.'),
      );
      await expect(client.query('SELECT 1')).resolves.toBeDefined();
    });
  });

  it('says what to do if the table is missing, as a claim does', async () => {
    const ledger = new PostgresCallbackLedger(database.pool, { table: 'missing' });
    const says = {
      code: 'ERR_CALLBACKS_TABLE_MISSING',
      message: 'the table "missing" of the ledger is missing: set createTable: true, or run postgresLedgerSchema()',
      cause: expect.objectContaining({ code: '42P01' }) as unknown,
    };

    await expect(
      inTransaction(database.pool, (client) => ledger.completeWithin(client, newId())),
    ).rejects.toMatchObject(says);
    await expect(ledger.claim(newId(), 'me')).rejects.toMatchObject(says);
  });

  it('grants each of many copies once, however they come', async () => {
    const [ids, ledger] = [Array.from({ length: 20 }, newId), ledgerWith()];
    const book = (id: string) =>
      inTransaction(database.pool, async (client) => {
        await client.query('INSERT INTO booking VALUES ($1)', [id]);
        if (Math.random() < 0.2) throw new Error('of the method');
        await ledger.completeWithin(client, id);
      }).catch((error: unknown) => error);
    await Promise.all([...ids, ...ids, ...ids, ...ids, ...ids, ...ids].map(book));

    for (const id of ids) expect(await bookings(id)).toBe((await ledger.claim(id, 'me')) === 'completed' ? 1 : 0);
  });

  it('remembers a callback for the retention, after which it may be handled again', async () => {
    const [id, ledger] = [newId(), ledgerWith({ retention: 0.3 })];
    await inTransaction(database.pool, (client) => ledger.completeWithin(client, id));
    await expect(inTransaction(database.pool, (client) => ledger.completeWithin(client, id))).rejects.toThrow();
    await wait(400);
    await expect(inTransaction(database.pool, (client) => ledger.completeWithin(client, id))).resolves.toBeUndefined();
  });

  it('counts the retention from the mark, not from the beginning of its transaction', async () => {
    const [id, ledger] = [newId(), ledgerWith({ retention: 0.5 })];
    await inTransaction(database.pool, async (client) => {
      await wait(600);
      await ledger.completeWithin(client, id);
    });
    expect(await ledger.claim(id, 'me')).toBe('completed');
  });

  it('is not changed by a completion that follows it', async () => {
    const [id, ledger] = [newId(), ledgerWith()];
    const row = async (): Promise<unknown> =>
      (await database.pool.query('SELECT *, xmin FROM video_callback_ledger WHERE id = $1', [id])).rows;
    await inTransaction(database.pool, (client) => ledger.completeWithin(client, id));
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
    const { client, end } = await openTransaction(database.pool);
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
    const { client, end } = await openTransaction(database.pool);
    await ledger.completeWithin(client, id);
    const wrapping: PostgresClient = {
      query: (text, values) =>
        database.pool.query(text, values).catch((cause: unknown) => {
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
    const { client, end } = await openTransaction(database.pool);
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
    const { client, end } = await openTransaction(database.pool);
    await ledger.completeWithin(client, marked);
    const { rows } = await database.pool.query(
      "DELETE FROM video_callback_ledger WHERE id = 'removal of expired rows'",
    );
    expect(rows).toEqual([]);
    await ledgerWith().complete(newId());
    await wait(300);
    const left = async (id: string) =>
      (await database.pool.query('SELECT FROM video_callback_ledger WHERE id = $1', [id])).rowCount;
    expect([await left(marked), await left(expired)]).toEqual([1, 0]);
    await end('COMMIT');
    expect(await ledger.claim(marked, 'you')).toBe('completed');
  });
});
