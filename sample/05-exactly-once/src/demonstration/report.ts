import { type Charged } from './account.js';
import { type ApplicationProcess } from './application-process.js';

/** How the callbacks of a handler ended. */
export interface Result extends Charged {
  readonly account: string;
  /** How many archives there were. */
  readonly archives: number;
  /** Of how many archives all callbacks were answered 204. */
  readonly answered: number;
}

const ROWS: readonly [title: string, value: (result: Result) => string | number][] = [
  ['', ({ account }) => account],
  ['archives of 2 minutes', ({ archives }) => archives],
  ['all copies answered 204', ({ answered }) => answered],
  ['booked once', ({ once }) => once],
  ['booked more than once', ({ more }) => more],
  ['not booked', ({ never }) => never],
  ['minutes charged', ({ minutes }) => minutes],
];

/** Prints the result for the archives. Returns whether it is as expected. */
export function report(results: readonly Result[], applications: readonly ApplicationProcess[]): boolean {
  for (const [title, value] of ROWS) {
    console.log(title.padEnd(24) + results.map((result) => String(value(result)).padStart(22)).join(''));
  }
  const sum = (fault: 'kills' | 'pauses'): number => applications.reduce((all, { faults }) => all + faults[fault], 0);
  console.log(`\nkill -9: ${sum('kills')}, pauses of more than the lease: ${sum('pauses')}\n`);

  const [exactlyOnce, without] = results;
  // Faults that hit no commit prove nothing.
  const isRight = isEachOnce(exactlyOnce) && without !== undefined && without.more > 0;
  console.log(isRight ? 'All ended as it must.' : 'It ended wrongly.');
  return isRight;
}

function isEachOnce(result: Result | undefined): boolean {
  return result !== undefined && [result.answered, result.once].every((count) => count === result.archives);
}
