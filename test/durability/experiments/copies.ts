import { setTimeout as wait } from 'node:timers/promises';
import { byCallback } from '../../harness/journal.js';
import { forEach, newCopies } from '../support/sender.js';
import { type Surroundings, withPostgres, withRedis } from '../support/surroundings.js';
import { exactly, type Experiment, type Finding, secondsSince, measured } from './experiment.js';

const PROCESSES = 3;
const CALLBACKS = 1000;
const COPIES = 5;
/** How many requests are under way at once. */
const CONCURRENCY = 100;

/** Copies of callbacks that come at once to several processes, which share a Redis or a Postgres. */
export const ledgerCopies: Experiment = () => withRedis(PROCESSES, { store: 'redis-ledger' }, sendCopies);
export const inboxCopies: Experiment = () => withRedis(PROCESSES, { store: 'bull-inbox' }, sendCopies);
export const postgresCopies: Experiment = () => withPostgres(PROCESSES, { store: 'postgres-ledger' }, sendCopies);

async function sendCopies({ journal, sender }: Surroundings): Promise<readonly Finding[]> {
  const started = performance.now();
  const statuses: number[] = [];
  await forEach(newCopies(CALLBACKS, COPIES), CONCURRENCY, async (callback) =>
    statuses.push(await sender.send(callback)),
  );
  const sent = secondsSince(started);
  await journal.untilHandled(sender.accepted, 60);
  const handled = secondsSince(started);
  // For handlers that ought not to run.
  await wait(1000);
  const handlings = byCallback(journal.entries('began'));
  return [
    measured('processes', PROCESSES),
    exactly('requests answered 204', statuses.filter((status) => status === 204).length, CALLBACKS * COPIES),
    exactly('callbacks handled', handlings.length, CALLBACKS),
    exactly('of them more than once', handlings.filter((handling) => handling.length > 1).length, 0),
    exactly('of them not to the end', journal.missing(sender.accepted).length, 0),
    measured('all answered after', sent),
    measured('all handled after', handled),
  ];
}
