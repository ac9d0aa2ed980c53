import { type Surroundings } from './surroundings.js';

type Colour = (text: string) => string;

/** What begins and ends a colour, as the source of a pattern. */
export const COLOUR = '\u001b\\[\\d{1,2}m';

/** Colours by meaning; without a terminal, or where the user wants none, they leave the text as it is. */
export interface Paint {
  readonly good: Colour;
  readonly bad: Colour;
  readonly warning: Colour;
  readonly faint: Colour;
}

/** The colours for standard output. See https://no-color.org for `NO_COLOR`. */
export function paintFor({ stdout, env }: Pick<Surroundings, 'stdout' | 'env'>): Paint {
  const isWanted = stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  // Not util.styleText: it looks at the process's own stdout, from Node 22.13 on.
  const style = (code: number) => (text: string) => (isWanted ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { good: style(32), bad: style(31), warning: style(33), faint: style(2) };
}
