import { beforeAll, describe, expect, it } from '@jest/globals';
import { drizzle } from 'drizzle-orm/node-postgres';
import createKnex from 'knex';
import { readFileSync } from 'node:fs';
import { Pool } from 'pg';
import createSql from 'postgres';
import { DataSource } from 'typeorm';
import { ArchiveCallback } from '../../lib/index.js';
import { CallbackAlreadyHandledError, PostgresCallbackLedger, type PostgresClient } from '../../lib/postgres/index.js';
import { expectOperations } from '../delivery/ledger/operations.js';
import { newCallbackId } from './callback-ids.js';
import {
  Booking,
  type DocumentedMethod,
  WithDrizzle,
  WithKnex,
  WithPg,
  WithPostgresJs,
  WithTypeOrm,
} from './documented-methods.js';
import { inTransaction, openTransaction } from './transactions.js';
import { useDatabase } from './use-database.js';

const database = useDatabase(4, (pool) => pool.query('CREATE TABLE booking (archive text NOT NULL, size integer)'));
const clients = new Map<string, PostgresClient>();
const methods = new Map<string, DocumentedMethod>();
let ledger: PostgresCallbackLedger;

/** As docs/postgres.md shows them. */
const ADAPTERS: Readonly<Record<string, (url: string) => PostgresClient | Promise<PostgresClient>>> = {
  'a pool of pg': () => database.pool,
  'pg with rows as arrays': () => {
    const client = database.pool;
    return { query: (text, values) => client.query({ text, values, rowMode: 'array' }) };
  },
  'postgres.js': (url) => {
    const sql = createSql(url, { onnotice: () => undefined, transform: postgresNames });
    database.onClose(() => sql.end());
    return { query: (text, values) => sql.unsafe(text, values) };
  },
  Knex: (url) => {
    const knex = createKnex({ client: 'pg', connection: url });
    database.onClose(() => knex.destroy());
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
    database.onClose(() => source.destroy());
    return source;
  },
  Drizzle: () => drizzle(database.pool).$client,
};
/** Some applications rename every column. */
const postgresNames = { column: { from: (name: string) => name.toUpperCase() } };

const CONNECT: Readonly<Record<string, (url: string) => DocumentedMethod | Promise<DocumentedMethod>>> = {
  pg: () => new WithPg(database.pool, ledger),
  TypeORM: async (url) => {
    const source = await new DataSource({ type: 'postgres', url, entities: [Booking] }).initialize();
    database.onClose(() => source.destroy());
    return new WithTypeOrm(source, ledger);
  },
  Drizzle: () => new WithDrizzle(drizzle(database.pool), ledger),
  Knex: (url) => {
    const knex = createKnex({ client: 'pg', connection: url });
    database.onClose(() => knex.destroy());
    return new WithKnex(knex, ledger);
  },
  'postgres.js': (url) => {
    const sql = createSql(url);
    database.onClose(() => sql.end());
    return new WithPostgresJs(sql, ledger);
  },
};

beforeAll(async () => {
  ledger = new PostgresCallbackLedger(database.pool, { createTable: true });
  for (const [name, connect] of Object.entries(ADAPTERS)) clients.set(name, await connect(database.url));
  for (const [name, connect] of Object.entries(CONNECT)) methods.set(name, await connect(database.url));
}, 30_000);

describe.each(Object.keys(ADAPTERS))('PostgresCallbackLedger on %s', (name) => {
  it('makes its table, claims, renews, releases and completes', async () => {
    const table = `ledger of ${name}`;
    const client = clients.get(name);
    if (client === undefined) throw new Error(`there is no client ${name}`);
    const ledger = new PostgresCallbackLedger(client, { table, createTable: true });

    await expectOperations(ledger);
    expect(await ledger.warnings()).toEqual([]);
  });
});

describe.each(Object.keys(CONNECT))('the documented method with %s', (name) => {
  it('books an archive once, and marks its callback as handled', async () => {
    const [archive, id] = [newArchive(name), newCallbackId()];
    await methods.get(name)?.onArchive(archive, id);
    const again = methods.get(name)?.onArchive(archive, id);

    await expect(again).rejects.toThrow(CallbackAlreadyHandledError);
    expect(await bookings(archive)).toBe(1);
    expect(await ledger.claim(id, 'me')).toBe('completed');
  });

  it('marks nothing where booking fails', async () => {
    const id = newCallbackId();
    const method = methods.get(name);

    // More than an integer of Postgres holds.
    await expect(method?.onArchive(newArchive(`${name} failing`, 5e12), id)).rejects.toThrow();
    expect(await ledger.claim(id, 'me')).toBe('claimed');
  });
});

describe('the documented method with pg, whose pool gives up queries', () => {
  it('books nothing where it failed, whoever uses the pool next', async () => {
    const impatient = new Pool({ connectionString: database.url, max: 1, query_timeout: 200 });
    const [failing, next, method] = [newArchive('impatient'), newArchive('next'), new WithPg(impatient, ledger)];
    const lock = await openTransaction(database.pool);
    await lock.client.query('LOCK TABLE booking');
    await expect(method.onArchive(failing, newCallbackId())).rejects.toThrow('Query read timeout');
    await lock.end('ROLLBACK');
    await method.onArchive(next, newCallbackId());
    await impatient.end();

    expect([await bookings(failing), await bookings(next)]).toEqual([0, 1]);
  });
});

describe('completeWithin in a transaction of a higher isolation level', () => {
  it.each(['REPEATABLE READ', 'SERIALIZABLE'])(
    'fails under %s if the claim changed since its snapshot',
    async (level) => {
      const id = newCallbackId();
      await ledger.claim(id, 'me');
      const late = inTransaction(
        database.pool,
        async (client) => {
          await client.query('SELECT FROM booking');
          await ledger.renew(id, 'me');
          await ledger.completeWithin(client, id);
        },
        `ISOLATION LEVEL ${level}`,
      );

      await expect(late).rejects.toMatchObject({ code: '40001' });
    },
  );
});

describe('the pages on exactly once', () => {
  it('show the methods that are tested here', () => {
    const inOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
    const tested = inOneLine(readFileSync('test/postgres/documented-methods.ts', 'utf8'));
    const page = ['docs/exactly-once.md', 'docs/exactly-once-clients.md']
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    const shown = [...page.matchAll(/^\/\/ (?!.*module\.ts$)(.+)\n([^]*?)^```$/gm)].map(([, library, text = '']) => [
      library,
      inOneLine(text),
    ]);

    expect(shown.map(([library]) => library)).toEqual(['pg', 'TypeORM', 'Prisma', 'Drizzle', 'Knex', 'postgres.js']);
    for (const [, text] of shown) expect(tested).toContain(text);
  });
});

function newArchive(id: string, size = 1000): ArchiveCallback {
  return Object.assign(new ArchiveCallback(), { id, size });
}

async function bookings({ id }: ArchiveCallback): Promise<number> {
  return (await database.pool.query('SELECT FROM booking WHERE archive = $1', [id])).rowCount ?? 0;
}
