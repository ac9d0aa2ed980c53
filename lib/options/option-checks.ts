import { inspect } from 'node:util';
import { NUMBER_OPTIONS, type NumberRange } from './number-options.js';

/** Says what is wrong with a value, as `is 5: it must be true or false`; `undefined` if it can be used. */
export type Check = (value: unknown) => string | undefined;

/** A check with a condition. */
export function expect(isRight: (value: unknown) => boolean, expected: string, show = shownValue): Check {
  return (value) => (isRight(value) ? undefined : `is ${show(value)}: it must be ${expected}`);
}

/** Checks that a number is in a range. */
export function expectNumber(range: NumberRange): Check {
  return expect((value) => isInRange(value, range), describeRange(range));
}

/** Whether a value is an object with a method of this name. */
export function hasMethod(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function';
}

/** The first option that cannot be used, and what is wrong with it. An option that is `undefined` has its default. */
export function findFault(
  options: object,
  checks: Readonly<Record<string, Check>>,
): { readonly option: string; readonly fault: string } | undefined {
  for (const [option, check] of Object.entries(checks)) {
    const value: unknown = Reflect.get(options, option);
    const fault = value === undefined ? undefined : check(value);
    if (fault !== undefined) return { option, fault };
  }
  return undefined;
}

/**
 * Checks options that are not numbers.
 *
 * @param where what precedes the name of an option, for example `connection.`
 * @throws {TypeError} that names the option and what is wrong with it
 */
export function checkValues(where: string, options: object, checks: Readonly<Record<string, Check>>): void {
  const found = findFault(options, checks);
  if (found !== undefined) throw new TypeError(`${where}${found.option} ${found.fault}.`);
}

/** The name of the first unknown option. An option that is `undefined` counts as absent. */
export function findUnknown(options: object, known: readonly string[]): string | undefined {
  return Object.entries(options).find(([option, value]) => value !== undefined && !known.includes(option))?.[0];
}

/**
 * Checks that options are an object without unknown members.
 *
 * @throws {TypeError} that names the unknown option and the known ones
 */
export function checkOptionNames(owner: string, options: unknown, known: readonly string[]): void {
  const list = known.join(', ');
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`the options of ${owner} are ${shownSort(options)}: give an object. The options are ${list}.`);
  }
  const unknown = findUnknown(options, known);
  if (unknown === undefined) return;
  throw new TypeError(`there is no option "${unknown}" of ${owner}: the options are ${list}.`);
}

/** Whether a value is a number within a range. */
export function isInRange(value: unknown, { least, most, whole = false }: NumberRange): boolean {
  return typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value));
}

/** A range in words: `a number of seconds, at least 1 and at most 60`. */
function describeRange({ least, most, unit, whole = false }: NumberRange): string {
  const what = `a ${whole ? 'whole ' : ''}number${unit === undefined ? '' : ` of ${unit}`}`;
  return `${what}, at least ${least}${most === Infinity ? '' : ` and at most ${most}`}`;
}

/** A value as an error message shows it. Objects are shown by class only, because their members may be secrets. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  const depth = Array.isArray(value) ? 0 : -1;
  return inspect(value, { depth, breakLength: Infinity, maxArrayLength: 10, maxStringLength: 100 });
}

/**
 * The type of a value given in place of a store, a client or options. The value itself is not shown: a string may hold a
 * password.
 */
export function shownSort(value: unknown): string {
  if (typeof value === 'string') return 'a string';
  return inspect(value, { depth: -1 });
}

/**
 * Checks the numeric options of a class or function against {@link NUMBER_OPTIONS}. An option that is `undefined` has
 * its default.
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
