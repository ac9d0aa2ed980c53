import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { drizzle } from 'drizzle-orm/node-postgres';
import createKnex from 'knex';
import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import createSql from 'postgres';
import { DataSource } from 'typeorm';
import { NUMBER_OPTIONS } from '../../lib/options/number-options.js';
import { PostgresCallbackLedger, type PostgresClient } from '../../lib/postgres/index.js';
import { callbackLedgerContract } from '../../lib/testing/index.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres-server.js';

let database: TestDatabase;
const clients = new Map<string, PostgresClient>();
const closers: (() => unknown)[] = [];

/** As docs/postgres.md shows them. */
const ADAPTERS: Readonly<Record<string, (url: string) => PostgresClient | Promise<PostgresClient>>> = {
  'a pool of pg': pool,
  'pg with rows as arrays': (url) => {
    const client = pool(url);
    return { query: (text, values) => client.query({ text, values, rowMode: 'array' }) };
  },
  'postgres.js': (url) => {
    const sql = createSql(url, { onnotice: () => undefined, transform: postgresNames });
    closers.push(() => sql.end());
    return { query: (text, values) => sql.unsafe(text, values) };
  },
  Knex: (url) => {
    const knex = createKnex({ client: 'pg', connection: url });
    closers.push(() => knex.destroy());
    return {
      query: (text, values) => {
        const bindings: string[] = [];
        const sql = text.replace(/\$(\d)/g, (_, place) => (bindings.push(values[Number(place) - 1] ?? ''), '?'));
        return knex.raw<{ rows: unknown[] }>(sql, bindings);
      },
    };
  },
  TypeORM: async (url) => {
    const source = await new DataSource({ type: 'postgres', url }).initialize();
    closers.push(() => source.destroy());
    return source;
  },
  Drizzle: (url) => drizzle(pool(url)).$client,
};
/** Some applications rename every column. */
const postgresNames = { column: { from: (name: string) => name.toUpperCase() } };

function pool(url: string): Pool {
  const made = new Pool({ connectionString: url, max: 4 });
  closers.push(() => made.end());
  return made;
}

beforeAll(async () => {
  database = await createTestDatabase();
  for (const [name, connect] of Object.entries(ADAPTERS)) clients.set(name, await connect(database.url));
}, 30_000);
afterAll(async () => {
  for (const close of closers) await close();
  await database.remove();
});

function client(name = 'a pool of pg'): PostgresClient {
  const found = clients.get(name);
  if (found === undefined) throw new Error(`there is no client ${name}`);
  return found;
}

describe('the contract of ledgers, in Postgres', () => {
  const contract = callbackLedgerContract(
    // Each ledger makes the table, or finds that another one makes it at the same time.
    (times) => new PostgresCallbackLedger(client(), { ...times, createTable: true }),
    { concurrent: true },
  );
  // Some cases wait for seconds, and none knows of another's callbacks: so they wait together.
  for (const { name, run } of contract) it.concurrent(name, run, 20_000);
});

describe.each(Object.keys(ADAPTERS))('PostgresCallbackLedger on %s', (name) => {
  it('makes its table, claims, renews, releases and completes', async () => {
    const table = `ledger of ${name}`;
    const ledger = new PostgresCallbackLedger(client(name), { table, createTable: true });

    expect([await ledger.claim('a', 'me'), await ledger.claim('a', 'you')]).toEqual(['claimed', 'in-progress']);
    expect([await ledger.renew('a', 'me'), await ledger.renew('a', 'you')]).toEqual([true, false]);
    await ledger.release('a', 'me');
    expect(await ledger.claim('a', 'you')).toBe('claimed');
    await ledger.complete('a');
    expect(await ledger.claim('a', 'me')).toBe('completed');
    expect(await ledger.warnings()).toEqual([]);
  });
});

describe('ledgers of several processes in one Postgres', () => {
  it('make one table, and grant each of many callbacks once', async () => {
    const table = `shared ${randomUUID()}`.slice(0, 40);
    const ledgers = Array.from(
      { length: 6 },
      () => new PostgresCallbackLedger(pool(database.url), { table, createTable: true }),
    );
    const claims = Array.from({ length: 300 }, async (_, index) =>
      Promise.all(ledgers.map(async (ledger, holder) => ledger.claim(`archive-${index}`, `holder-${holder}`))),
    );

    for (const states of await Promise.all(claims)) {
      expect([...states].sort()).toEqual(['claimed', ...Array<string>(5).fill('in-progress')]);
    }
  });

  it('grant nothing that another holds, and nothing that is completed', async () => {
    const connect = () => new PostgresCallbackLedger(pool(database.url), { table: 'contested', createTable: true });
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
    const ledger = new PostgresCallbackLedger(client(), options);
    const left = async (): Promise<number> => {
      const { rows } = await pool(database.url).query<{ left: string }>(
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
