import { inspect } from 'node:util';
import { NUMBER_OPTIONS, type NumberRange } from './number-options.js';

/** Whether a value is a number within a range. */
export function isInRange(value: unknown, { least, most, whole = false }: NumberRange): boolean {
  return typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value));
}

/** A range in words: `a number of seconds, at least 1 and at most 60`. */
export function describeRange({ least, most, unit, whole = false }: NumberRange): string {
  const what = `a ${whole ? 'whole ' : ''}number${unit === undefined ? '' : ` of ${unit}`}`;
  return `${what}, at least ${least}${most === Infinity ? '' : ` and at most ${most}`}`;
}

/** The value of an option as an error shows it. No option that is shown holds a secret. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 10, maxStringLength: 100 });
}

/**
 * Checks the numbers among the options of a class or function against {@link NUMBER_OPTIONS}; what is `undefined` has its
 * default.
 *
 * @throws {RangeError} that names the option, its value and its range
 */
export function checkNumbers<Owner extends keyof typeof NUMBER_OPTIONS>(
  owner: Owner,
  given: Readonly<Partial<Record<keyof (typeof NUMBER_OPTIONS)[Owner], unknown>>>,
): void {
  const ranges: Readonly<Record<string, NumberRange>> = NUMBER_OPTIONS[owner];
  for (const [option, value] of Object.entries(given)) {
    const range = ranges[option];
    if (range === undefined || value === undefined || isInRange(value, range)) continue;
    throw new RangeError(`${option} is ${shownValue(value)}: it must be ${describeRange(range)}.`);
  }
}
