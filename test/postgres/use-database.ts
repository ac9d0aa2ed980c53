import { afterAll, beforeAll } from '@jest/globals';
import { Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/postgres-server.js';

/** A database for the tests of a spec, and a pool on it. */
export function useDatabase(max: number, prepare: (pool: Pool) => Promise<unknown> = () => Promise.resolve()) {
  const closers: (() => unknown)[] = [];
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max });
    await prepare(pool);
  }, 30_000);
  afterAll(async () => {
    for (const close of closers) await close();
    await pool.end();
    await database.remove();
  });
  return {
    get url(): string {
      return database.url;
    },
    get pool(): Pool {
      return pool;
    },
    /** Closes something before the database is removed. */
    onClose: (close: () => unknown) => void closers.push(close),
  };
}
