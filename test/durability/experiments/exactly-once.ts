import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Random } from '../../support/random.js';
import { RedisServer } from '../../support/redis-server.js';
import { type ApplicationSetup } from '../processes/setup.js';
import { Account } from '../support/account.js';
import { type Fault } from '../support/fleet.js';
import { type Journal } from '../../harness/journal.js';
import { forEach, newCopies } from '../support/sender.js';
import { type Surroundings, withPostgres, withServer } from '../support/surroundings.js';
import { atLeast, exactly, type Experiment, type Finding, secondsSince, measured } from './experiment.js';

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

/** A run is repeated with its seed as far as the machine allows: what is chosen is the same, what happens when is not. */
const SEED = Number(process.env['DURABILITY_SEED'] ?? randomInt(2 ** 31));

/** What differs between the runs. */
interface Conditions {
  readonly completesWithin: boolean;
  /** For how long a process is paused, in ms: so long that another one handles what it had begun. */
  readonly pause: readonly [number, number];
  /** What each sender waits after a copy, in ms, so that callbacks come for as long as there are faults. */
  readonly pace: number;
}

type Run = Conditions & Pick<ApplicationSetup, 'store' | 'redisPort'>;

const LEDGER = { store: 'postgres-ledger', pause: [2000, 5000], pace: 0 } as const;

/** Processes that are killed or paused at any point of a handler that books within a transaction of its own. */
export const exactlyOnce: Experiment = () => bookAmidFaults({ ...LEDGER, completesWithin: true });

/** The same without `completeWithin`, to show what that prevents. */
export const exactlyOnceWithout: Experiment = () => bookAmidFaults({ ...LEDGER, completesWithin: false });

/** The same with callbacks that come out of an inbox, whose jobs other processes take over after 10 to 25 s. */
export const exactlyOncePgBoss: Experiment = () =>
  bookAmidFaults({ store: 'pg-boss-inbox', pause: [14_000, 26_000], pace: 2500, completesWithin: true });

/** The same with another inbox, where that takes 5 to 8 s. */
export const exactlyOnceBullmq: Experiment = () =>
  withServer(RedisServer.start(), ({ port: redisPort }) =>
    bookAmidFaults({ store: 'bull-inbox', redisPort, pause: [6000, 9000], pace: 1500, completesWithin: true }),
  );

function bookAmidFaults({ store, redisPort = 0, ...run }: Run): Promise<readonly Finding[]> {
  const booking = { completesWithin: run.completesWithin, lease: LEASE, seed: SEED };
  return withPostgres(PROCESSES, { store, redisPort, booking }, async ({ postgres, ...surroundings }) => {
    const account = await Account.open(postgres.url);
    try {
      const sent = await sendAmidFaults(surroundings, run, account);
      return await judge(surroundings, run, account, sent);
    } finally {
      await account.close();
    }
  });
}

/** What was done to the processes, and how long the rest took. */
interface Sent {
  readonly kills: readonly Fault[];
  readonly pauses: readonly Fault[];
  readonly answered: string;
  readonly booked: string;
}

async function sendAmidFaults(
  { fleet, sender }: Surroundings,
  { pause, pace }: Conditions,
  account: Account,
): Promise<Sent> {
  const started = performance.now();
  const end = new AbortController();
  const random = new Random(SEED);
  const killing = causeFaults(BETWEEN_KILLS, new Random(SEED + 1), end.signal, () => fleet.killAny());
  const pausing = causeFaults(BETWEEN_PAUSES, random, end.signal, () => fleet.pauseAny(random.between(...pause)));
  const sending = forEach(newCopies(CALLBACKS, COPIES, String), CONCURRENCY, async (callback) => {
    await sender.deliver(callback);
    await wait(pace);
  }).finally(() => {
    end.abort();
  });
  const [kills, pauses, answered] = await Promise.all([killing, pausing, sending.then(() => secondsSince(started))]);
  for (let tries = 0; tries < 240 && (await account.bookings()).size < CALLBACKS; tries += 1) await wait(250);
  const booked = secondsSince(started);
  // For handlers that go on, and ought not to book.
  await wait(5000);
  return { kills, pauses, answered, booked };
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

async function judge(
  { journal, sender }: Surroundings,
  { completesWithin }: Conditions,
  account: Account,
  { kills, pauses, answered, booked }: Sent,
): Promise<readonly Finding[]> {
  const bookings = await account.bookings();
  const doubles = [...bookings.values()].filter((times) => times > 1).length;
  const alreadyHandled = journal.entries('already-handled').length;
  return [
    measured('seed (DURABILITY_SEED)', SEED),
    measured('callbacks × copies', `${CALLBACKS} × ${COPIES}`),
    measured('  requests that got no 204 and were sent again', sender.refusals),
    measured('kill -9', kills.length),
    measured('  that hit a handler', hits(journal, kills)),
    measured('SIGSTOP', pauses.length),
    measured('  that hit a handler', hits(journal, pauses)),
    measured('handlers that began', journal.entries('began').length),
    measured('copies that were noticed as duplicates', journal.entries('duplicate').length),
    measured('copies for which the store was unavailable', journal.entries('unavailable').length),
    completesWithin
      ? atLeast('CallbackAlreadyHandledError', alreadyHandled, 1)
      : exactly('CallbackAlreadyHandledError', alreadyHandled, 0),
    measured('transactions that Postgres rolled back', await account.rollbacks()),
    exactly('answered 204 and not booked', [...sender.accepted].filter((id) => !bookings.has(id)).length, 0),
    exactly('callbacks booked', bookings.size, CALLBACKS),
    completesWithin ? exactly('  more than once', doubles, 0) : atLeast('  more than once', doubles, 1),
    measured('all answered after', answered),
    measured('all booked after', booked),
  ];
}

/** How many of some faults came while a handler was running in the process. */
function hits(journal: Journal, faults: readonly Fault[]): number {
  const entries = journal.all();
  return faults.filter(({ pid, at }) => {
    const before = entries.filter((entry) => entry.pid === pid && entry.at <= at).map(({ event }) => event);
    const ends = before.filter((event) => event === 'ended' || event === 'already-handled' || event === 'failed');
    return before.filter((event) => event === 'began').length > ends.length;
  }).length;
}
