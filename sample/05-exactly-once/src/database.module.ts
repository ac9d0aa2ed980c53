import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { PostgresCallbackLedger } from 'nestjs-vonage-video-callbacks/postgres';
import { Pool } from 'pg';

@Module({
  providers: [
    {
      provide: Pool,
      inject: [ConfigService],
      useFactory: (config: ConfigService) =>
        new Pool({
          connectionString: config.getOrThrow<string>('DATABASE_URL'),
          max: 15,
          connectionTimeoutMillis: 1000,
        }),
    },
    {
      provide: PostgresCallbackLedger,
      inject: [Pool],
      // So that the demonstration is short; in production leave the default of 30 s, and make the table in a migration.
      useFactory: (pool: Pool) => new PostgresCallbackLedger(pool, { lease: 1, createTable: true }),
    },
  ],
  exports: [Pool, PostgresCallbackLedger],
})
export class DatabaseModule implements OnApplicationShutdown {
  private readonly logger = new Logger('Database');

  constructor(@Inject(Pool) private readonly pool: Pool) {
    // Without listeners a connection that breaks would end the process: one that is idle, one that a transaction has.
    pool.on('error', (error) => {
      this.logger.warn(error.message);
    });
    pool.on('connect', (client) => client.on('error', () => undefined));
  }

  onApplicationShutdown(): Promise<void> {
    return this.pool.end();
  }
}
