import { setTimeout as wait } from 'node:timers/promises';
import { type ApplicationSetup } from '../processes/setup.js';
import { byCallback } from '../support/journal.js';
import { newCallback } from '../support/sender.js';
import { withSurroundings } from '../support/surroundings.js';
import { exactly, type Experiment, type Finding, secondsSince, told } from './experiment.js';

const PROCESSES = 3;
const CALLBACKS = 1000;
const COPIES = 5;
/** How many requests are under way at once. */
const CONCURRENCY = 100;

/** Copies of callbacks that come at once to several processes, which share a Redis. */
export const ledgerCopies: Experiment = () => sendCopies('ledger');
export const inboxCopies: Experiment = () => sendCopies('inbox');

function sendCopies(store: ApplicationSetup['store']): Promise<readonly Finding[]> {
  return withSurroundings(PROCESSES, { store }, async ({ journal, sender }) => {
    // The copies of a callback follow one another, so that they are under way together.
    const copies = Array.from({ length: CALLBACKS }, newCallback).flatMap((callback) =>
      Array.from({ length: COPIES }, () => callback),
    );
    const started = performance.now();
    const pending = copies.values();
    const statuses: number[] = [];
    const sendPending = async (): Promise<void> => {
      for (const callback of pending) statuses.push(await sender.send(callback));
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, sendPending));
    const sent = secondsSince(started);
    await journal.untilHandled(sender.accepted, 60);
    const handled = secondsSince(started);
    // For handlers that ought not to run.
    await wait(1000);
    const handlings = byCallback(journal.entries('began'));
    return [
      told('processes', PROCESSES),
      exactly('requests answered 204', statuses.filter((status) => status === 204).length, CALLBACKS * COPIES),
      exactly('callbacks handled', handlings.length, CALLBACKS),
      exactly('of them more than once', handlings.filter((handling) => handling.length > 1).length, 0),
      exactly('of them not to the end', journal.missing(sender.accepted).length, 0),
      told('all answered after', sent),
      told('all handled after', handled),
    ];
  });
}
