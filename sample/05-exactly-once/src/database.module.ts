import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { PostgresCallbackLedger } from 'nestjs-vonage-video-callbacks/postgres';
import { Pool } from 'pg';

/** The ledger's own connections, so that claims do not wait while methods wait for a connection. */
const LEDGER_POOL = Symbol('the pool of the ledger');

const poolOf =
  (max: number, connectionTimeoutMillis: number) =>
  (config: ConfigService): Pool => {
    const logger = new Logger('Database');
    const pool = new Pool({
      connectionString: config.getOrThrow<string>('DATABASE_URL'),
      max,
      connectionTimeoutMillis,
    });
    // Without listeners a connection that breaks would end the process: one that is idle, one that a transaction has.
    pool.on('error', (error) => {
      logger.warn(error.message);
    });
    return pool.on('connect', (client) => client.on('error', () => undefined));
  };

@Module({
  providers: [
    { provide: Pool, inject: [ConfigService], useFactory: poolOf(10, 5000) },
    { provide: LEDGER_POOL, inject: [ConfigService], useFactory: poolOf(4, 1000) },
    {
      provide: PostgresCallbackLedger,
      inject: [LEDGER_POOL],
      // Keeps the demonstration short. In production keep the default of 30 s, and create the table in a migration.
      useFactory: (pool: Pool) => new PostgresCallbackLedger(pool, { lease: 1, createTable: true }),
    },
  ],
  exports: [Pool, PostgresCallbackLedger],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(
    @Inject(Pool) private readonly pool: Pool,
    @Inject(LEDGER_POOL) private readonly ledgerPool: Pool,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.pool.end(), this.ledgerPool.end()]);
  }
}
