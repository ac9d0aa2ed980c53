import { byCallback, type JournalEntry } from '../../harness/journal.js';
import { isWithin } from '../faults/outage.js';
import { LIMITS, LONGEST_HANDLING, type Miss } from '../server/setup.js';
import { type Evidence } from './evidence.js';
import { type Verdict, violationOf } from './verdict.js';

/** Whoever claimed before an outage may be noted in it: a handling, and some time for a busy machine, in ms. */
const BEFORE_OUTAGE = LONGEST_HANDLING + 250;
/** After the longest pause a probe finds out that Redis is back, unless the one before takes its time. In ms. */
const LONGEST_PAUSE = 5000 + LIMITS.storageTimeout * 1000;
/** What was asked in an outage is given up after `storageTimeout`, and handled then. */
const AFTER_OUTAGE = LIMITS.storageTimeout * 1000 + LONGEST_PAUSE + BEFORE_OUTAGE;

/** Every genuine callback is handled, once unless Redis was unavailable; nothing else is handled. */
export function judgeHandlings({ exchanges, journal, outages, misses }: Evidence): Verdict {
  const genuine = new Set(exchanges.filter(({ isGenuine }) => isGenuine).map(({ id }) => id));
  const accepted = new Set(
    exchanges.filter(({ isGenuine, status }) => isGenuine && isSuccess(status)).map(({ id }) => id),
  );
  const handlings = byCallback(journal.filter(({ event }) => event === 'ended'));
  const handled = new Set(handlings.map(([first]) => first?.id ?? ''));
  const repeated = handlings.filter(({ length }) => length > 1);
  const began = new Map(byCallback(journal.filter(({ event }) => event === 'began')).map((all) => [all[0]?.id, all]));
  const unexplained = repeated.filter((ends) => !isExplained(ends[0]?.id ?? '', misses));
  const strayMisses = misses.filter(({ at }) => !isWithin(outages, at, BEFORE_OUTAGE, AFTER_OUTAGE));
  const failing = new Set(exchanges.filter(({ failsFirst }) => failsFirst).map(({ id }) => id));
  const overlapping = byCallback(journal.filter(({ id }) => !failing.has(id))).filter(
    (entries) => !takesTurns(entries),
  );
  const again = repeated.flatMap((ends) => (began.get(ends[0]?.id) ?? []).slice(1));
  const duringOutage = again.filter(({ at }) => isWithin(outages, at, 0, 0)).length;
  const without = (ids: ReadonlySet<string>, others: ReadonlySet<string>) => [...ids].filter((id) => !others.has(id));

  return {
    figures: [
      ['genuine callbacks', genuine.size],
      ['  answered 2xx at last', accepted.size],
      ['  handled', handlings.length],
      ['  handled more than once, in outages', repeated.length - unexplained.length],
      ['    begun again while Redis was unavailable / later', `${duringOutage} / ${again.length - duringOutage}`],
      ['misses of the ledger in outages / outside', `${misses.length - strayMisses.length} / ${strayMisses.length}`],
      [
        'outages of Redis',
        `${outages.length} (${outages.map(({ fault, from, to }) => `${fault} ${to - from} ms`).join(', ')})`,
      ],
    ],
    violations: [
      ...violationOf('genuine, but never answered 2xx', without(genuine, accepted)),
      ...violationOf('answered 2xx, but not handled', without(accepted, handled)),
      ...violationOf('handled, but not genuine', without(handled, genuine)),
      ...violationOf('handled again, although the ledger knew', unexplained),
      ...violationOf('the ledger failed outside outages', strayMisses.filter(isNoTimeout)),
      ...violationOf('handled twice at the same time', overlapping),
    ],
  };
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/**
 * Whether the ledger did not know of a callback, as the observer reports it, because Redis was unavailable. On a busy machine
 * it may be too slow for `storageTimeout` at any time; that is counted.
 */
function isExplained(id: string, misses: readonly Miss[]): boolean {
  return misses.some((miss) => miss.id === id);
}

/** With Redis or without: of copies that come to one process one is handled at a time. */
function takesTurns(entries: readonly JournalEntry[]): boolean {
  return entries.every(({ event }, index) => event === (index % 2 === 0 ? 'began' : 'ended'));
}

function isNoTimeout({ error }: Miss): boolean {
  return error !== 'StorageTimeoutError';
}
