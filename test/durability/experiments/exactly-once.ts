import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { Random } from '../../support/random.js';
import { RedisServer } from '../../support/redis-server.js';
import { type ApplicationSetup } from '../processes/setup.js';
import { type Fault } from '../support/fleet.js';
import { type JournalEntry } from '../support/journal-entry.js';
import { forEach, newCopies } from '../support/sender.js';
import { withPostgres, withServer } from '../support/surroundings.js';
import { atLeast, exactly, type Experiment, type Finding, secondsSince, told } from './experiment.js';

const PROCESSES = 3;
const CALLBACKS = 200;
const COPIES = 3;
/** How many requests are under way at once. */
const CONCURRENCY = 30;

/** How long a claim holds, in s. */
const LEASE = 1;
/** The shortest and the longest time between two kills, and between two pauses of a process, in ms. */
const BETWEEN_KILLS = [800, 2400] as const;
const BETWEEN_PAUSES = [200, 1000] as const;

interface Run {
  readonly setup: Pick<ApplicationSetup, 'store' | 'redisPort'>;
  readonly completesWithin: boolean;
  /** For how long a process stands still, in ms: so long that another one handles what it had begun. */
  readonly pause: readonly [number, number];
  /** What each sender waits after a copy, in ms, so that callbacks come for as long as there are faults. */
  readonly pace: number;
}

/** A run is repeated with its seed as far as the machine allows: what is chosen is the same, what happens when is not. */
const SEED = Number(process.env['DURABILITY_SEED'] ?? randomInt(2 ** 31));

const LEDGER = { setup: { store: 'postgres-ledger' }, pause: [2000, 5000], pace: 0 } as const;

/** Processes that are killed or stand still at any point of a handler that books within a transaction of its own. */
export const exactlyOnce: Experiment = () => bookAmidFaults({ ...LEDGER, completesWithin: true });

/** The same without `completeWithin`, to show what that prevents. */
export const exactlyOnceWithout: Experiment = () => bookAmidFaults({ ...LEDGER, completesWithin: false });

/** The same with callbacks that come out of an inbox, whose jobs other processes take over after 5 to 8 s. */
export const exactlyOnceInbox: Experiment = () =>
  withServer(RedisServer.start(), ({ port: redisPort }) =>
    bookAmidFaults({
      setup: { store: 'bull-inbox', redisPort },
      completesWithin: true,
      pause: [6000, 9000],
      pace: 1500,
    }),
  );

function bookAmidFaults({ setup, completesWithin, pause, pace }: Run): Promise<readonly Finding[]> {
  const booking = { completesWithin, lease: LEASE, seed: SEED };
  return withPostgres(PROCESSES, { ...setup, booking }, async ({ postgres, fleet, journal, sender }) => {
    const database = new Client(postgres.url);
    await database.connect();
    try {
      await database.query('CREATE TABLE account (archive text NOT NULL)');
      const started = performance.now();
      const end = new AbortController();
      const random = new Random(SEED);
      const killing = causeFaults(BETWEEN_KILLS, new Random(SEED + 1), end.signal, () => fleet.killAny());
      const pausing = causeFaults(BETWEEN_PAUSES, random, end.signal, () => fleet.pauseAny(random.between(...pause)));
      const copies = newCopies(CALLBACKS, COPIES, String);
      await forEach(copies, CONCURRENCY, async (callback) => {
        await sender.deliver(callback);
        await wait(pace);
      });
      const answered = secondsSince(started);
      end.abort();
      const kills = await killing;
      const pauses = await pausing;
      for (let tries = 0; tries < 240 && (await bookings(database)).size < CALLBACKS; tries += 1) await wait(250);
      const handled = secondsSince(started);
      // For handlers that go on, and ought not to book.
      await wait(5000);
      const booked = await bookings(database);
      const counts = [...booked.values()];
      const doubles = counts.filter((count) => count > 1);
      const count = (event: JournalEntry['event']): number => journal.entries(event).length;
      const hits = (some: readonly Fault[]): number => some.filter((fault) => hitsHandler(journal.all(), fault)).length;
      return [
        told('seed (DURABILITY_SEED)', SEED),
        told('copies answered 204', copies.length),
        told('  requests that got no 204 and were sent again', sender.refusals),
        told('kill -9', kills.length),
        told('  that hit a handler', hits(kills)),
        told('SIGSTOP', pauses.length),
        told('  that hit a handler', hits(pauses)),
        told('handlers that began', count('began')),
        told('copies that were noticed as duplicates', count('duplicate')),
        told('copies for which the ledger was unavailable', count('unavailable')),
        completesWithin
          ? atLeast('CallbackAlreadyHandledError', count('already-handled'), 1)
          : told('CallbackAlreadyHandledError', 0),
        told('transactions that Postgres rolled back', await rollbacks(database)),
        exactly('answered 204 and not booked', [...sender.accepted].filter((id) => !booked.has(id)).length, 0),
        exactly('callbacks booked', booked.size, CALLBACKS),
        completesWithin
          ? exactly('  of them more than once', doubles.length, 0)
          : atLeast('  of them more than once', doubles.length, 1),
        told(
          'bookings',
          counts.reduce((sum, each) => sum + each, 0),
        ),
        told('all answered after', answered),
        told('all booked after', handled),
      ];
    } finally {
      await database.end();
    }
  });
}

async function causeFaults(
  [shortest, longest]: readonly [number, number],
  random: Random,
  until: AbortSignal,
  cause: () => Promise<Fault>,
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  while (!until.aborted) {
    await wait(random.between(shortest, longest));
    faults.push(await cause());
  }
  return faults;
}

/** How often each archive was booked. */
async function bookings(database: Client): Promise<Map<string, number>> {
  const { rows } = await database.query<{ archive: string; times: string }>(
    'SELECT archive, count(*) AS times FROM account GROUP BY archive',
  );
  return new Map(rows.map(({ archive, times }) => [archive, Number(times)]));
}

async function rollbacks(database: Client): Promise<number> {
  const { rows } = await database.query<{ count: string }>(
    'SELECT xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(rows[0]?.count);
}

/** Whether a handler was running in the process at that moment. */
function hitsHandler(journal: readonly JournalEntry[], { pid, at }: Fault): boolean {
  const before = journal.filter((entry) => entry.pid === pid && entry.at <= at);
  const count = (...events: JournalEntry['event'][]): number =>
    before.filter(({ event }) => events.includes(event)).length;
  return count('began') > count('ended', 'already-handled', 'failed');
}
