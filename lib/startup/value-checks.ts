import { describeRange, isInRange, shownValue } from '../options/number-check.js';
import { type NumberRange } from '../options/number-options.js';
import { isAddressRange } from '../verification/source-addresses.js';

/** Says what a value must be if it cannot be used, as the end of a sentence. */
export type Check = (value: unknown) => string | undefined;

export function hasMethod(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function';
}

/** Checks with a condition. */
export function expect(isGood: (value: unknown) => boolean, expected: string): Check {
  return (value) => (isGood(value) ? undefined : expected);
}

/** Checks that a number is in a range. */
export function number(range: NumberRange): Check {
  return expect((value) => isInRange(value, range), describeRange(range));
}

/** Checks a list of address ranges, or `false` for any address. */
export function checkAddresses(value: unknown): string | undefined {
  const expected = 'a list of addresses and CIDR ranges such as 216.147.0.0/18 or 2001:db8::/32, or false for any';
  if (value === false) return undefined;
  if (!Array.isArray(value) || value.length === 0) return expected;
  const wrong = value.filter((range: unknown) => typeof range !== 'string' || !isAddressRange(range));
  return wrong.length === 0 ? undefined : `${expected}; ${wrong.map(shownValue).join(', ')} is no range`;
}
