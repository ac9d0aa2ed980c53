import { shownValue } from './number-check.js';

/**
 * Checks that options are an object without unknown members; a member that is `undefined` counts as absent.
 *
 * @throws {TypeError} that names the unknown option and the known ones
 */
export function checkOptionNames(owner: string, options: unknown, known: readonly string[]): void {
  const list = known.join(', ');
  if (typeof options !== 'object' || options === null) {
    // A text may hold a password.
    const shown = typeof options === 'string' ? 'a text' : shownValue(options);
    throw new TypeError(`the options of ${owner} are ${shown}: give an object. The options are ${list}.`);
  }
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || known.includes(option)) continue;
    throw new TypeError(`there is no option "${option}" of ${owner}: the options are ${list}.`);
  }
}
