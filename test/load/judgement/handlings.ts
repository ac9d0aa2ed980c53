import { byCallback } from '../../durability/support/journal.js';
import { type JournalEntry } from '../../durability/support/journal-entry.js';
import { isWithin, type Outage } from '../faults/outage.js';
import { LIMITS, LONGEST_HANDLING } from '../server/setup.js';
import { type Evidence } from './evidence.js';
import { type Verdict, violationOf } from './verdict.js';

/** Whoever claimed before an outage may be noted in it: a handling, and some time for a busy machine, in ms. */
const BEFORE_OUTAGE = LONGEST_HANDLING + 250;
/** What was asked in an outage is given up after `storageTimeout`, and handled then. */
const AFTER_OUTAGE = LIMITS.storageTimeout * 1000 + BEFORE_OUTAGE;

/** Every genuine callback is handled, once unless Redis was away; nothing else is handled. */
export function judgeHandlings({ exchanges, journal, outages }: Evidence): Verdict {
  const genuine = new Set(exchanges.filter(({ isGenuine }) => isGenuine).map(({ id }) => id));
  const accepted = new Set(
    exchanges.filter(({ isGenuine, status }) => isGenuine && isSuccess(status)).map(({ id }) => id),
  );
  const handlings = byCallback(journal.filter(({ event }) => event === 'ended'));
  const handled = new Set(handlings.map(([first]) => first?.id ?? ''));
  const repeated = handlings.filter(({ length }) => length > 1);
  const began = new Map(byCallback(journal.filter(({ event }) => event === 'began')).map((all) => [all[0]?.id, all]));
  const unexplained = repeated.filter((ends) => !isExplained(began.get(ends[0]?.id) ?? [], ends, outages));
  const without = (ids: ReadonlySet<string>, others: ReadonlySet<string>) => [...ids].filter((id) => !others.has(id));

  return {
    figures: [
      ['genuine callbacks', genuine.size],
      ['  answered 2xx at last', accepted.size],
      ['  handled', handlings.length],
      ['  handled more than once, in outages', repeated.length - unexplained.length],
      [
        'outages of Redis',
        `${outages.length} (${outages.map(({ fault, from, to }) => `${fault} ${to - from} ms`).join(', ')})`,
      ],
    ],
    violations: [
      ...violationOf('genuine, but never answered 2xx', without(genuine, accepted)),
      ...violationOf('answered 2xx, but not handled', without(accepted, handled)),
      ...violationOf('handled, but not genuine', without(handled, genuine)),
      ...violationOf('handled again, and Redis was not away', unexplained),
    ],
  };
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Each handling after the first one must have begun, or the one before it have ended, while Redis was away. */
function isExplained(
  began: readonly JournalEntry[],
  ended: readonly JournalEntry[],
  outages: readonly Outage[],
): boolean {
  const isInOutage = ({ at }: JournalEntry): boolean => isWithin(outages, at, BEFORE_OUTAGE, AFTER_OUTAGE);
  return ended.slice(1).every((end, index) => {
    const before = ended[index];
    const begin = began.findLast(({ at }) => at <= end.at);
    return (before !== undefined && isInOutage(before)) || (begin !== undefined && isInOutage(begin));
  });
}
