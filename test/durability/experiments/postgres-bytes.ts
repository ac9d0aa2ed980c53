import { Client } from 'pg';
import { forEach, newCopies } from '../support/sender.js';
import { withPostgres } from '../support/surroundings.js';
import { type Experiment, told } from './experiment.js';

/** So many that it says little that a table is made of whole pages. */
const CALLBACKS = 10_000;
/** Postgres vacuums a table by default when a fifth of it has changed; here it does so when a tenth has come. */
const ROUNDS = 10;
const CONCURRENCY = 50;

/** What a handled callback costs in Postgres: the row, its indexes, and what claims leave behind until a vacuum. */
export const postgresBytes: Experiment = () =>
  withPostgres(1, { store: 'postgres-ledger' }, async ({ postgres, sender }) => {
    const database = new Client(postgres.url);
    await database.connect();
    const bytes = async (): Promise<number> => {
      const { rows } = await database.query<{ rows: string; size: string }>(
        `SELECT count(*) AS rows, pg_total_relation_size('video_callback_ledger') AS size FROM video_callback_ledger`,
      );
      return Math.round(Number(rows[0]?.size) / Number(rows[0]?.rows));
    };
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        await forEach(newCopies(CALLBACKS / ROUNDS, 1), CONCURRENCY, (callback) => sender.deliver(callback));
        await database.query('VACUUM video_callback_ledger');
      }
      const vacuumed = await bytes();
      await database.query('VACUUM FULL video_callback_ledger');
      return [
        told('ledger, handled: bytes of Postgres per callback', vacuumed),
        told('  when the table is written anew (VACUUM FULL)', await bytes()),
      ];
    } finally {
      await database.end();
    }
  });
