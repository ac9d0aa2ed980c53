import { type Cause } from '../server/setup.js';
import { type Exchange } from '../traffic/setup.js';
import { type Evidence } from './evidence.js';
import { type Verdict, violationOf } from './verdict.js';

/** How far the clocks of two busy processes on one machine may be apart, in ms: what is noted late was not late. */
const SLACK = 100;

/** Each answer of 5xx has a cause of its own, which the observer saw while the request was under way. */
export function judgeServerErrors({ exchanges, causes }: Evidence): Verdict {
  const unused = new Set(causes);
  const explained = new Map<string, number>();
  const unexplained: Exchange[] = [];
  const errors = exchanges.filter(({ status }) => status >= 500);
  for (const exchange of errors.sort((one, other) => one.endedAt - other.endedAt)) {
    const cause = causeOf(exchange, unused);
    if (cause === undefined) unexplained.push(exchange);
    else {
      unused.delete(cause);
      explained.set(cause.why, (explained.get(cause.why) ?? 0) + 1);
    }
  }
  return {
    figures: [
      ...[...explained].map(([why, count]): [string, number] => [`5xx: ${why}`, count]),
      ['5xx unexplained', unexplained.length],
    ],
    violations: [
      ...violationOf('5xx without a cause', unexplained),
      ...violationOf('faults of ours that nobody made', causes.filter(isUnexpected)),
    ],
  };
}

/** The earliest of those that fit, which may not fit the next one. */
function causeOf({ status, failsFirst, sentAt, endedAt }: Exchange, causes: ReadonlySet<Cause>): Cause | undefined {
  if (status === 500 && !failsFirst) return undefined;
  for (const cause of causes) {
    if (cause.at > endedAt + SLACK) return undefined;
    if (cause.status === status && cause.at >= sentAt - SLACK && !isUnexpected(cause)) return cause;
  }
  return undefined;
}

function isUnexpected({ why }: Cause): boolean {
  return why.startsWith('not expected');
}
