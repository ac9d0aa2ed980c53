import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'pg';
import { PostgresCallbackLedger } from '../../lib/postgres/index.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres-server.js';
import { until } from '../support/until.js';
import { inTransaction } from './transactions.js';
import { newCallbackId } from './callback-ids.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new Pool({ connectionString: database.url, max: 4 });
  await new PostgresCallbackLedger(pool, { createTable: true }).claim('a', 'me');
}, 30_000);
afterAll(async () => {
  await pool.end();
  await database.remove();
});
beforeEach(() => pool.query('TRUNCATE video_callback_ledger'));

const insert = (ids: string, expiresIn: string, count: number) =>
  pool.query(
    `INSERT INTO video_callback_ledger SELECT '${ids}-' || n, NULL, now() + interval '${expiresIn}'
     FROM generate_series(1, ${count}) AS n`,
  );

/** How many rows there are of those whose ids begin so. */
async function count(ids: string): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(
    `SELECT count(*) FROM video_callback_ledger WHERE id LIKE '${ids}-%'`,
  );
  return Number(rows[0]?.count);
}

describe('the removal of expired rows', () => {
  it('leaves what is remembered, and is followed by no other within a minute', async () => {
    await insert('expired', '-1 second', 2500);
    await insert('known', '1 hour', 50);
    await new PostgresCallbackLedger(pool).complete('archive-1');
    await until(async () => (await count('expired')) === 0);
    expect([await count('known'), await count('archive')]).toEqual([50, 1]);

    await insert('expired', '-1 second', 10);
    // Neither the process that removed them nor another one removes more.
    const ledger = new PostgresCallbackLedger(pool);
    await ledger.complete('archive-2');
    await ledger.complete('archive-3');
    await wait(300);
    expect(await count('expired')).toBe(10);
  });

  it('delays no claim, and waits for no transaction that uses a row', async () => {
    await insert('expired', '-1 second', 100_000);
    const other = await pool.connect();
    const ledger = new PostgresCallbackLedger(pool);
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
    const ledger = new PostgresCallbackLedger(pool);
    const other = await pool.connect();
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
    const query = (text: string, values: string[]) => ((statements += 1), pool.query(text, values));
    const ledger = new PostgresCallbackLedger({ query });
    for (let id = 1; id <= 5; id += 1) await ledger.complete(`archive-${id}`);
    await wait(200);

    // Five completions, a claim of the removal, and the removal.
    expect(statements).toBe(7);
  });

  it('is begun by completeWithin, too', async () => {
    await insert('expired', '-1 second', 10);
    await inTransaction(pool, (client) => new PostgresCallbackLedger(pool).completeWithin(client, newCallbackId()));

    await until(async () => (await count('expired')) === 0);
  });

  it('fails quietly', async () => {
    const failing = new PostgresCallbackLedger({
      query: (text, values) =>
        text.includes('DELETE') ? Promise.reject(new Error('no right')) : pool.query(text, values),
    });

    await expect(failing.complete('archive-1')).resolves.toBeUndefined();
    await wait(200);
    expect(await failing.claim('archive-1', 'me')).toBe('completed');
  });
});
