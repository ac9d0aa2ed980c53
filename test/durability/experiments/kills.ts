import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Fault } from '../support/fleet.js';
import { byCallback, type Journal, type JournalEntry } from '../../harness/journal.js';
import { withRedis } from '../support/surroundings.js';
import { atMost, exactly, type Experiment, type Finding, secondsSince, measured } from './experiment.js';

const KILLS = Number(process.env['DURABILITY_KILLS'] ?? 100);
const PROCESSES = 2;
/** The shortest and the longest pause between two kills, in ms. */
const PAUSE = [200, 1000] as const;
/** How long after its handler began a process may be killed so that the kill explains a second handling, in ms. */
const LONGEST_GAP = 1000;

/** Processes that are killed at any moment of a stream through the inbox. */
export const kills: Experiment = () =>
  withRedis(PROCESSES, { store: 'bull-inbox' }, async ({ fleet, journal, sender }) => {
    const started = performance.now();
    const end = new AbortController();
    const stream = sender.stream(16, 20, end.signal);
    const killed: Fault[] = [];
    while (killed.length < KILLS) {
      await wait(randomInt(...PAUSE));
      killed.push(await fleet.killAny());
    }
    end.abort();
    await stream;
    const streamed = secondsSince(started);
    await journal.untilHandled(sender.accepted, 60);
    const handled = secondsSince(started);
    return [
      measured('processes', PROCESSES),
      exactly('kill -9', killed.length, KILLS),
      measured('callbacks answered 204', sender.accepted.size),
      measured('requests that got no 204 and were sent again', sender.refusals),
      exactly('answered 204 and not handled', journal.missing(sender.accepted).length, 0),
      ...repeated(journal, killed),
      measured('stream ended after', streamed),
      measured('all handled after', handled),
    ];
  });

/** Handlings that were begun again, and whether a kill explains each: it hit the process that had begun. */
function repeated(journal: Journal, killed: readonly Fault[]): readonly Finding[] {
  const killedAt = new Map(killed.map(({ pid, at }) => [pid, at]));
  const ended = new Set(journal.entries('ended').map(({ id, pid }) => `${id} ${pid}`));
  const callbacks = byCallback(journal.entries('began')).filter((begun) => begun.length > 1);
  const repeatedBegins = callbacks.flatMap((begun) => begun.slice(0, -1));
  const gaps = repeatedBegins.map(({ pid, at }) => (killedAt.get(pid) ?? Infinity) - at);
  const hasEnded = ({ id, pid }: JournalEntry): boolean => ended.has(`${id} ${pid}`);
  return [
    measured('callbacks whose handler began more than once', callbacks.length),
    measured('  because a kill hit the running handler', repeatedBegins.filter((begun) => !hasEnded(begun)).length),
    measured('  because a kill came between its end and the note of it', repeatedBegins.filter(hasEnded).length),
    exactly('  without such a kill', gaps.filter((gap) => gap < 0 || gap > LONGEST_GAP).length, 0),
    atMost('  longest time from begin to kill, ms', Math.max(0, ...gaps), LONGEST_GAP),
  ];
}
