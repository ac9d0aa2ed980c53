import { afterAll, beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { MemoryCallbackLedger } from '../../lib/index.js';
import { PostgresCallbackLedger } from '../../lib/postgres/index.js';
import { RedisCallbackLedger } from '../../lib/redis/index.js';
import { useStoppedPerformanceClock } from '../support/clock.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres-server.js';
import { RedisServer } from '../support/redis-server.js';
import { holds } from './holds.js';
import { ledgerCommands, LedgerModel } from './ledger-model.js';

const RETENTION = 10;

describe('the ledger in memory', () => {
  const stopClock = useStoppedPerformanceClock();

  it('behaves as its model whatever is asked of it, and when', () => {
    const clock = stopClock();
    return holds(
      fc.asyncProperty(ledgerCommands({ movesClock: true }), (commands) => {
        const real = {
          ledger: new MemoryCallbackLedger({ retention: RETENTION }),
          forward: (seconds: number) => {
            clock.forward(seconds);
          },
        };
        return fc.asyncModelRun(() => ({ model: new LedgerModel(RETENTION), real }), commands);
      }),
      300,
    );
  });
});

describe('the ledger in Redis', () => {
  let server: RedisServer;
  let client: ReturnType<typeof createClient>;

  beforeAll(async () => {
    server = await RedisServer.start();
    client = createClient({ url: server.url });
    await client.connect();
  });
  afterAll(async () => {
    client.destroy();
    await server.remove();
  });

  it('behaves as its model whatever is asked of it', () =>
    holds(
      fc.asyncProperty(ledgerCommands({ movesClock: false }), (commands) => {
        const options = { prefix: randomUUID(), retention: 3600, lease: 3600 };
        const real = { ledger: new RedisCallbackLedger(client, options) };
        return fc.asyncModelRun(() => ({ model: new LedgerModel(3600), real }), commands);
      }),
      30,
    ));
});

describe('the ledger in Postgres', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url });
  });
  afterAll(async () => {
    await pool.end();
    await database.remove();
  });

  it('behaves as its model whatever is asked of it', () =>
    holds(
      fc.asyncProperty(ledgerCommands({ movesClock: false }), (commands) => {
        const options = { table: randomUUID(), retention: 3600, lease: 3600, createTable: true };
        const real = { ledger: new PostgresCallbackLedger(pool, options) };
        return fc.asyncModelRun(() => ({ model: new LedgerModel(3600), real }), commands);
      }),
      20,
    ));
});
