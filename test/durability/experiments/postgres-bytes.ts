import { Client } from 'pg';
import { type ApplicationSetup } from '../processes/setup.js';
import { forEach, newCopies } from '../support/sender.js';
import { withPostgres } from '../support/surroundings.js';
import { type Experiment, type Finding, measured } from './experiment.js';

/** So many that it says little that a table is made of whole pages. */
const CALLBACKS = 10_000;
/** Postgres vacuums a table by default when a fifth of it has changed; here it does so when a tenth has come. */
const ROUNDS = 10;
const CONCURRENCY = 50;

/** The tables in which pg-boss keeps the jobs of a queue have names of their own making. */
const JOB_TABLES = `
SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
WHERE schemaname = 'video_callbacks' AND tablename LIKE 'job%'`;
const LEDGER_TABLE = `SELECT 'video_callback_ledger' AS name`;

/** What a callback costs in Postgres: its row, the indexes, and what changes leave behind until a vacuum. */
export const postgresBytes: Experiment = async () => [
  ...(await bytesOf('ledger, handled', LEDGER_TABLE, { store: 'postgres-ledger' })),
  ...(await bytesOf('inbox, waiting', JOB_TABLES, { store: 'pg-boss-inbox', worker: false })),
  ...(await bytesOf('inbox, handled', JOB_TABLES, { store: 'pg-boss-inbox' })),
];

/** @param tables a query for their names */
function bytesOf(
  title: string,
  tables: string,
  setup: Pick<ApplicationSetup, 'store' | 'worker'>,
): Promise<readonly Finding[]> {
  return withPostgres(1, setup, async ({ postgres, journal, sender }) => {
    const database = new Client(postgres.url);
    await database.connect();
    const forEachTable = async (statement: (name: string) => string): Promise<number> => {
      let bytes = 0;
      for (const { name } of (await database.query<{ name: string }>(tables)).rows) {
        await database.query(statement(name));
        const { rows } = await database.query<{ size: string }>('SELECT pg_total_relation_size($1) AS size', [name]);
        bytes += Number(rows[0]?.size);
      }
      return Math.round(bytes / CALLBACKS);
    };
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        await forEach(newCopies(CALLBACKS / ROUNDS, 1), CONCURRENCY, (callback) => sender.deliver(callback));
        if (setup.worker !== false) await journal.untilHandled(sender.accepted, 30);
        await forEachTable((name) => `VACUUM ${name}`);
      }
      return [
        measured(`${title}: bytes of Postgres per callback`, await forEachTable((name) => `VACUUM ${name}`)),
        measured(
          '  when the tables are written anew (VACUUM FULL)',
          await forEachTable((name) => `VACUUM FULL ${name}`),
        ),
      ];
    } finally {
      await database.end();
    }
  });
}
