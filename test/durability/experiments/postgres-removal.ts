import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { PostgresCallbackLedger } from 'nestjs-vonage-video-callbacks/postgres';
import { Pool } from 'pg';
import { PostgresServer, USUAL_SETTINGS } from '../../support/postgres-server.js';
import { withServer } from '../support/surroundings.js';
import { atMost, type Experiment, type Finding, secondsSince, measured } from './experiment.js';

const EXPIRED = 1_000_000;
/** How many claim at once, and what each waits between two callbacks, in ms. */
const CLAIMANTS = 8;
const PACE = 5;
/** How long claims are measured before the removal, and how long it may take, in ms. */
const BEFORE = 10_000;
const LONGEST = 90_000;
/** What `storageTimeout` is by default, in ms: a ledger that takes longer counts as unavailable. */
const STORAGE_TIMEOUT = 1000;

/** Claims while a million expired rows are removed. */
export const postgresRemoval: Experiment = () =>
  withServer(PostgresServer.start(...USUAL_SETTINGS), async ({ url }) => {
    const pool = new Pool({ connectionString: url, max: CLAIMANTS + 2 });
    const isDone = async (): Promise<boolean> => {
      const { rowCount } = await pool.query('SELECT FROM video_callback_ledger WHERE expires_at <= now() LIMIT 1');
      return rowCount === 0;
    };
    try {
      const options = { createTable: true };
      const before = await claimUntil(new PostgresCallbackLedger(pool, options), () => wait(BEFORE));
      // Forgets, too, that a process has removed expired rows a moment ago.
      await pool.query('TRUNCATE video_callback_ledger');
      await pool.query(
        `INSERT INTO video_callback_ledger
         SELECT 'archive-' || encode(sha256(n::text::bytea), 'base64'), NULL, now() - interval '1 hour'
         FROM generate_series(1, ${EXPIRED}) AS n`,
      );
      await pool.query('VACUUM ANALYZE video_callback_ledger');
      const started = performance.now();
      const meanwhile = await claimUntil(new PostgresCallbackLedger(pool, options), async () => {
        while (!(await isDone()) && performance.now() - started < LONGEST) await wait(100);
      });
      const took = secondsSince(started);
      const left = (await isDone()) ? 'none' : 'some';
      return [
        ...figures('before', before),
        ...figures('meanwhile', meanwhile),
        atMost('longest claim meanwhile, ms', Math.round(meanwhile.at(-1) ?? Infinity), STORAGE_TIMEOUT),
        measured(`${EXPIRED.toLocaleString('en')} rows removed after`, took),
        { what: 'of them left', value: left, goal: 'none', isRight: left === 'none' },
      ];
    } finally {
      await pool.end();
    }
  });

/** Claims and completes callbacks until something is over. @returns how long each claim took, in ms, ascending */
async function claimUntil(ledger: PostgresCallbackLedger, isOver: () => Promise<unknown>): Promise<readonly number[]> {
  const end = new AbortController();
  const latencies: number[] = [];
  const claimOn = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const id = `archive-${randomUUID()}`;
      const asked = performance.now();
      await ledger.claim(id, id);
      latencies.push(performance.now() - asked);
      await ledger.complete(id);
      await wait(PACE);
    }
  };
  const claimants = Array.from({ length: CLAIMANTS }, claimOn);
  await isOver();
  end.abort();
  await Promise.all(claimants);
  return latencies.sort((one, other) => one - other);
}

function figures(when: string, latencies: readonly number[]): readonly Finding[] {
  const percentile = (share: number): string => (latencies[Math.floor(latencies.length * share)] ?? NaN).toFixed(2);
  return [
    measured(`claims ${when}`, latencies.length),
    measured('  p50, ms', percentile(0.5)),
    measured('  p99, ms', percentile(0.99)),
  ];
}
