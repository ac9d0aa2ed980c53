import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'pg';
import {
  PostgresCallbackLedger,
  type PostgresCallbackLedgerOptions,
  postgresLedgerSchema,
  type PostgresResult,
} from '../../lib/postgres/index.js';
import { until } from '../support/until.js';
import { newCallbackId } from './callback-ids.js';
import { inTransaction } from './transactions.js';
import { useDatabase } from './use-database.js';

const database = useDatabase(4);

/** A ledger of a role with a setting of its own. */
async function ledgerWith(setting: string, options: PostgresCallbackLedgerOptions = {}) {
  const client = new Pool({ connectionString: database.url, max: 1, options: `-c ${setting}` });
  try {
    return await new PostgresCallbackLedger(client, options).warnings();
  } finally {
    await client.end();
  }
}

describe('the table of a ledger in Postgres', () => {
  it.each([
    'Ledger',
    'select',
    'with "quotes"',
    "O'Brien; DROP TABLE video_callback_ledger",
    'a$$b',
    'with.a.dot',
    'back\\slash',
    'question? $1',
    '表'.repeat(16),
  ])('may be called %s, and its schema as well', async (name) => {
    await database.pool.query(`CREATE SCHEMA "${name.replaceAll('"', '""')}"`);
    for (const schema of [undefined, name]) {
      const ledger = new PostgresCallbackLedger(database.pool, { schema, table: name, createTable: true });
      expect(await ledger.claim('a', 'me')).toBe('claimed');
      await ledger.complete('a');
      expect(await ledger.claim('a', 'you')).toBe('completed');
      expect(await ledger.warnings()).toEqual([]);
    }
    const { rows } = await database.pool.query(
      'SELECT schemaname, tablename FROM pg_tables WHERE tablename = $1 ORDER BY 1',
      [name],
    );
    expect(rows).toHaveLength(2);
  });

  it.each([
    [{ table: '' }, /^table is "": it must be a name of at most 48 bytes, without zero bytes\.$/],
    [{ table: 'a\0b' }, /^table is/],
    [{ table: '\ud800' }, /^table is/],
    [{ table: '表'.repeat(17) }, /^table is/],
    [{ schema: 'a'.repeat(64) }, /^schema is .* at most 63 bytes/],
    [{ table: 5 }, /^table is 5/],
  ])('is not made of %p', (options, message) => {
    expect(() => postgresLedgerSchema(options as never)).toThrow(message);
    expect(() => new PostgresCallbackLedger(database.pool, options as never)).toThrow(TypeError);
  });

  it('is made by the SQL for migrations, which may be run again', async () => {
    const sql = postgresLedgerSchema({ table: 'migrated' });
    await database.pool.query(sql);
    const ledger = new PostgresCallbackLedger(database.pool, { table: 'migrated' });
    await ledger.complete('a');
    await database.pool.query(sql);

    expect(await ledger.claim('a', 'me')).toBe('completed');
    expect(await ledger.warnings()).toEqual([]);
  });

  it('has an index on what expires', async () => {
    await database.pool.query(postgresLedgerSchema({ table: 'indexed' }));
    const { rows } = await database.pool.query(
      "SELECT indexdef FROM pg_indexes WHERE indexname = 'indexed_expires_at'",
    );

    expect(rows).toEqual([{ indexdef: expect.stringMatching(/\(expires_at\)$/) }]);
  });

  it('is made anew where it is gone after a failover', async () => {
    const ledger = new PostgresCallbackLedger(database.pool, { table: 'lost', createTable: true });
    // Not a completion, which begins to remove expired rows beside the test.
    await ledger.claim('b', 'me');
    await database.pool.query('DROP TABLE lost');

    await expect(ledger.claim('a', 'me')).rejects.toMatchObject({ code: '42P01' });
    expect(await ledger.claim('a', 'me')).toBe('claimed');
  });

  it('is looked for again while an earlier question hangs', async () => {
    let questions = 0;
    const query = (text: string, values: string[]): Promise<PostgresResult> =>
      (questions += 1) === 1 ? new Promise(() => undefined) : database.pool.query(text, values);
    const ledger = new PostgresCallbackLedger({ query }, { table: 'late', createTable: true });
    void ledger.claim('a', 'me');

    expect(await ledger.claim('a', 'you')).toBe('claimed');
  });

  it('is looked for through the transaction of completeWithin, which may have the only connection', async () => {
    await database.pool.query(postgresLedgerSchema({ table: 'shared' }));
    const single = new Pool({ connectionString: database.url, max: 1 });
    const ledger = new PostgresCallbackLedger(single, { table: 'shared', createTable: true });
    const [id, startedAt] = [newCallbackId(), performance.now()];
    await inTransaction(single, (client) => ledger.completeWithin(client, id));

    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(await ledger.claim(id, 'me')).toBe('completed');
    await single.end();
  });

  it('is warned of while it is missing, with the SQL to run', async () => {
    const [warning, ...others] = await new PostgresCallbackLedger(database.pool, { table: 'missing' }).warnings();

    expect(others).toEqual([]);
    expect(warning).toMatch(/^The table "missing" of the ledger is missing/);
    expect(warning).toContain(postgresLedgerSchema({ table: 'missing' }));
  });

  it('is warned of while it is unlogged, or of a newer version', async () => {
    const ledger = new PostgresCallbackLedger(database.pool, { table: 'odd', createTable: true });
    await ledger.complete('a');
    await database.pool.query('ALTER TABLE odd SET UNLOGGED');
    await database.pool.query("COMMENT ON TABLE odd IS 'Handled Vonage Video callbacks, version 2'");

    expect(await ledger.warnings()).toEqual([
      expect.stringMatching(/unlogged.*ALTER TABLE "odd" SET LOGGED$/),
      'The table "odd" was made by a newer version of nestjs-vonage-video-callbacks: update.',
    ]);
  });

  it('may be without a comment', async () => {
    await database.pool.query(postgresLedgerSchema({ table: 'bare' }));
    await database.pool.query('COMMENT ON TABLE bare IS NULL');

    expect(await new PostgresCallbackLedger(database.pool, { table: 'bare' }).warnings()).toEqual([]);
  });

  it('is brought up to date where an older version made it', async () => {
    await database.pool.query(
      'CREATE TABLE older (id text COLLATE "C" PRIMARY KEY, holder text, expires_at timestamptz NOT NULL)',
    );
    await new PostgresCallbackLedger(database.pool, { table: 'older', createTable: true }).claim('a', 'me');
    const { rows } = await database.pool.query("SELECT obj_description('older'::regclass) AS comment");

    expect(rows).toEqual([{ comment: 'Handled Vonage Video callbacks, version 1' }]);
  });

  it('may be without a comment where the role may not change it', async () => {
    const [role, url] = [`app_${randomUUID().replaceAll('-', '')}`, new URL(database.url)];
    await database.pool.query(postgresLedgerSchema({ table: 'given' }));
    await database.pool.query(
      `COMMENT ON TABLE given IS NULL; CREATE ROLE ${role} LOGIN; GRANT ALL ON given TO ${role}`,
    );
    url.username = role;
    const restricted = new Pool({ connectionString: url.href, max: 1 });
    try {
      const ledger = new PostgresCallbackLedger(restricted, { table: 'given', createTable: true });
      expect(await ledger.claim('a', 'me')).toBe('claimed');
    } finally {
      await restricted.end();
      await database.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});

describe('PostgresCallbackLedger', () => {
  it('warns of a role that may only read', async () => {
    await database.pool.query(postgresLedgerSchema());

    expect(await ledgerWith('default_transaction_read_only=on')).toEqual([
      expect.stringMatching(/lets its client only read/),
    ]);
  });

  it('does not wait until a claim is on disk, and leaves the settings of its session as they are', async () => {
    await database.pool.query(postgresLedgerSchema());
    const client = await database.pool.connect();
    const setting = async () => (await client.query('SHOW synchronous_commit')).rows as unknown;
    try {
      await client.query('BEGIN');
      await new PostgresCallbackLedger(client).claim('a', 'me');
      expect(await setting()).toEqual([{ synchronous_commit: 'off' }]);
      await client.query('COMMIT');
      expect(await setting()).toEqual([{ synchronous_commit: 'on' }]);
    } finally {
      client.release();
    }
  });

  it('warns of a role that may not make the table', async () => {
    expect(await ledgerWith('default_transaction_read_only=on', { table: 'unmade', createTable: true })).toEqual([
      expect.stringMatching(/only read/),
      expect.stringMatching(/^The table "unmade" of the ledger is missing/),
    ]);
  });

  it('warns of transactions that are not READ COMMITTED', async () => {
    expect(await ledgerWith('default_transaction_isolation=serializable')).toEqual([
      expect.stringMatching(/not READ COMMITTED/),
    ]);
  });

  it.each([
    undefined,
    null,
    'claimed',
    [],
    [[]],
    [{}],
    [{ state: 'other' }],
    { rows: [{ state: 7 }] },
    [{ a: '1' }, {}],
  ])('rejects a result that it does not know: %p', async (result) => {
    const ledger = new PostgresCallbackLedger({ query: () => Promise.resolve(result as never) });

    await expect(ledger.claim('a', 'me')).rejects.toMatchObject({ name: 'UnknownResultError' });
    await expect(ledger.renew('a', 'me')).rejects.toMatchObject({ name: 'UnknownResultError' });
  });

  const client = { query: () => Promise.resolve([]) };
  it('does not warn where the client gives no result', async () => {
    await expect(new PostgresCallbackLedger(client).warnings()).rejects.toMatchObject({ name: 'UnknownResultError' });
  });

  it.each<[string, unknown[], RegExp]>([
    ['no client', [undefined], /^the client is undefined: give the Pool of pg/],
    ['a URL', ['postgres://user:secret@host'], /^the client is a string: give the Pool/],
    ['a promise of a client', [Promise.resolve(client)], /^the client is a promise: await it/],
    ['options of a client', [{ connectionString: 'postgres://user:secret@host' }], /^the client has no method query/],
    ['options that are none', [client, 'mine'], /^the options of PostgresCallbackLedger are a string: give an object/],
    ['an unknown option', [client, { ttl: 1 }], /^there is no option "ttl" of .*schema, table, retention, lease/],
    [
      'createTable that is no boolean',
      [client, { createTable: 'yes' }],
      /^createTable is "yes": it must be true or false/,
    ],
  ])('refuses %s', (_, given, message) => {
    const construct = (): unknown => Reflect.construct(PostgresCallbackLedger, given);

    expect(construct).toThrow(TypeError);
    expect(construct).toThrow(message);
    expect(construct).not.toThrow(/secret/);
  });
});

const insert = (ids: string, expiresIn: string, count: number) =>
  database.pool.query(
    `INSERT INTO video_callback_ledger SELECT '${ids}-' || n, NULL, now() + interval '${expiresIn}'
     FROM generate_series(1, ${count}) AS n`,
  );

/** How many rows there are of those whose ids begin so. */
async function count(ids: string): Promise<number> {
  const { rows } = await database.pool.query<{ count: string }>(
    `SELECT count(*) FROM video_callback_ledger WHERE id LIKE '${ids}-%'`,
  );
  return Number(rows[0]?.count);
}

describe('the removal of expired rows', () => {
  beforeAll(() => database.pool.query(postgresLedgerSchema()));
  beforeEach(() => database.pool.query('TRUNCATE video_callback_ledger'));

  it('leaves what is remembered, and is followed by no other within a minute', async () => {
    await insert('expired', '-1 second', 2500);
    await insert('known', '1 hour', 50);
    await new PostgresCallbackLedger(database.pool).complete('archive-1');
    await until(async () => (await count('expired')) === 0);
    expect([await count('known'), await count('archive')]).toEqual([50, 1]);

    await insert('expired', '-1 second', 10);
    // Neither the process that removed them nor another one removes more.
    const ledger = new PostgresCallbackLedger(database.pool);
    await ledger.complete('archive-2');
    await ledger.complete('archive-3');
    await wait(300);
    expect(await count('expired')).toBe(10);
  });

  it('delays no claim, and waits for no transaction that uses a row', async () => {
    await insert('expired', '-1 second', 100_000);
    const other = await database.pool.connect();
    const ledger = new PostgresCallbackLedger(database.pool);
    let longest = 0;
    try {
      await other.query('BEGIN');
      await other.query("SELECT FROM video_callback_ledger WHERE id = 'expired-7' FOR UPDATE");
      await ledger.complete('archive-0');
      for (let copies = 1; (await count('expired')) > 1; copies += 1) {
        const startedAt = performance.now();
        expect(await ledger.claim(`archive-${copies}`, 'me')).toBe('claimed');
        longest = Math.max(longest, performance.now() - startedAt);
      }
    } finally {
      await other.query('ROLLBACK');
      other.release();
    }

    expect(await count('expired')).toBe(1);
    // What storageTimeout is by default.
    expect(longest).toBeLessThan(1000);
  });

  it('keeps the claim of a row that was expired when it began', async () => {
    await insert('expired', '-1 second', 1);
    const ledger = new PostgresCallbackLedger(database.pool);
    const other = await database.pool.connect();
    await other.query('BEGIN');
    await other.query("UPDATE video_callback_ledger SET holder = 'me', expires_at = now() + interval '1 hour'");
    await ledger.complete('archive-1');
    await other.query('COMMIT');
    other.release();
    await wait(200);

    expect(await ledger.claim('expired-1', 'you')).toBe('in-progress');
  });

  it('is asked for once within a minute, whatever is completed', async () => {
    let statements = 0;
    const query = (text: string, values: string[]) => ((statements += 1), database.pool.query(text, values));
    const ledger = new PostgresCallbackLedger({ query });
    for (let id = 1; id <= 5; id += 1) await ledger.complete(`archive-${id}`);
    await wait(200);

    // Five completions, a claim of the removal, and the removal.
    expect(statements).toBe(7);
  });

  it('is begun by completeWithin, too', async () => {
    await insert('expired', '-1 second', 10);
    await inTransaction(database.pool, (client) =>
      new PostgresCallbackLedger(database.pool).completeWithin(client, newCallbackId()),
    );

    await until(async () => (await count('expired')) === 0);
  });

  it('fails quietly', async () => {
    const failing = new PostgresCallbackLedger({
      query: (text, values) =>
        text.includes('DELETE') ? Promise.reject(new Error('no right')) : database.pool.query(text, values),
    });

    await expect(failing.complete('archive-1')).resolves.toBeUndefined();
    await wait(200);
    expect(await failing.claim('archive-1', 'me')).toBe('completed');
  });
});
