// The methods that the pages on exactly once show, one class for each library.
import { sql } from 'drizzle-orm';
import { type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text as textColumn } from 'drizzle-orm/pg-core';
import { type Knex } from 'knex';
import { type Pool } from 'pg';
import { type Sql } from 'postgres';
import { type DataSource, EntitySchema } from 'typeorm';
import { type ArchiveCallback } from '../../lib/index.js';
import { type PostgresCallbackLedger, type PostgresClient } from '../../lib/postgres/index.js';

/** Books an archive and marks its callback as handled. */
export interface DocumentedMethod {
  onArchive(archive: ArchiveCallback, id: string): Promise<void>;
}

export class WithPg implements DocumentedMethod {
  constructor(
    private readonly pool: Pool,
    private readonly ledger: PostgresCallbackLedger,
  ) {}

  async onArchive(archive: ArchiveCallback, id: string): Promise<void> {
    const client = await this.pool.connect();
    let isBroken = false;
    try {
      await client.query('BEGIN');
      await client.query('INSERT INTO booking (archive, size) VALUES ($1, $2)', [archive.id, archive.size]);
      await this.ledger.completeWithin(client, id);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {
        isBroken = true; // still in the transaction, perhaps: not for the pool
      });
      throw error;
    } finally {
      client.release(isBroken);
    }
  }
}

export const Booking = new EntitySchema<{ archive: string; size: number | undefined }>({
  name: 'booking',
  columns: { archive: { type: 'text', primary: true }, size: { type: 'integer', nullable: true } },
});

export class WithTypeOrm implements DocumentedMethod {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: PostgresCallbackLedger,
  ) {}

  async onArchive(archive: ArchiveCallback, id: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.insert(Booking, { archive: archive.id, size: archive.size });
      await this.ledger.completeWithin(manager, id);
    });
  }
}

/** As Prisma generates it for a model Booking. */
interface PrismaClient {
  $transaction<Result>(work: (tx: PrismaTransaction) => Promise<Result>): Promise<Result>;
}
interface PrismaTransaction {
  readonly booking: { create(args: { data: { archive: string; size: number | undefined } }): Promise<unknown> };
  $queryRawUnsafe<Result = unknown>(query: string, ...values: unknown[]): Promise<Result>;
}

/** Compiled, and not run: a client of Prisma is generated. */
export class WithPrisma implements DocumentedMethod {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly ledger: PostgresCallbackLedger,
  ) {}

  async onArchive(archive: ArchiveCallback, id: string): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      await tx.booking.create({ data: { archive: archive.id, size: archive.size } });
      const client: PostgresClient = { query: (text, values) => tx.$queryRawUnsafe(text, ...values) };
      await this.ledger.completeWithin(client, id);
    });
  }
}

const booking = pgTable('booking', { archive: textColumn().notNull(), size: integer() });

export class WithDrizzle implements DocumentedMethod {
  constructor(
    private readonly db: NodePgDatabase,
    private readonly ledger: PostgresCallbackLedger,
  ) {}

  async onArchive(archive: ArchiveCallback, id: string): Promise<void> {
    await this.db.transaction(async (tx) => {
      await tx.insert(booking).values({ archive: archive.id, size: archive.size });
      const client: PostgresClient = {
        query: (text, values) => {
          const parts = text.split(/\$(\d)/); // SQL and, between its parts, the numbers of values
          return tx.execute(
            sql.join(parts.map((part, index) => (index % 2 ? sql`${values[Number(part) - 1]}` : sql.raw(part)))),
          );
        },
      };
      await this.ledger.completeWithin(client, id);
    });
  }
}

export class WithKnex implements DocumentedMethod {
  constructor(
    private readonly knex: Knex,
    private readonly ledger: PostgresCallbackLedger,
  ) {}

  async onArchive(archive: ArchiveCallback, id: string): Promise<void> {
    await this.knex.transaction(async (trx) => {
      await trx('booking').insert({ archive: archive.id, size: archive.size });
      const client: PostgresClient = {
        query: (text, values) => {
          const bindings: string[] = [];
          const sql = text.replace(/\$(\d)/g, (_, place) => (bindings.push(values[Number(place) - 1] ?? ''), '?'));
          return trx.raw(sql, bindings);
        },
      };
      await this.ledger.completeWithin(client, id);
    });
  }
}

export class WithPostgresJs implements DocumentedMethod {
  constructor(
    private readonly sql: Sql,
    private readonly ledger: PostgresCallbackLedger,
  ) {}

  async onArchive(archive: ArchiveCallback, id: string): Promise<void> {
    await this.sql.begin(async (sql) => {
      await sql`INSERT INTO booking (archive, size) VALUES (${archive.id}, ${archive.size ?? null})`;
      const client: PostgresClient = { query: (text, values) => sql.unsafe(text, values) };
      await this.ledger.completeWithin(client, id);
    });
  }
}
