import { harmless, UNSAFE_CHARACTER, withEscapes } from '../verification/quoted-text.js';
import { type Surroundings } from './surroundings.js';

/** Matches colours and line ends, which are kept, and unsafe characters, which are not. */
const UNSAFE_IN_LINES = new RegExp(`(\u001b\\[\\d{1,2}m|\n)|${UNSAFE_CHARACTER}`, 'gu');

/** `JSON.stringify` overflows the stack with much deeper values, and indented JSON grows with its depth. */
const MAX_DEPTH = 100;

/** Why a value is not printed. */
export const TOO_DEEP = `nested more than ${MAX_DEPTH} levels deep`;

/**
 * Makes untrusted text safe for a terminal: one line, no control or invisible characters, cut if it is long.
 */
export function printable(text: string, maxLength = 200): string {
  return harmless(text, maxLength);
}

/**
 * Standard output: text for a person, or JSON for a script, never both. Whatever is printed is safe for a terminal.
 */
export class Output {
  readonly paint: ReturnType<typeof paintFor>;
  private readonly isJson: boolean;

  constructor(
    { json = false }: { readonly json?: boolean },
    private readonly surroundings: Pick<Surroundings, 'stdout' | 'env'>,
  ) {
    this.isJson = json;
    this.paint = paintFor(surroundings);
  }

  /** A line for a person. */
  line(text = ''): void {
    const safe = text.replace(UNSAFE_IN_LINES, (_, kept: string | undefined) => kept ?? '?');
    if (!this.isJson) this.surroundings.stdout.write(`${safe}\n`);
  }

  /** The whole result, for a script. */
  json(document: object): void {
    if (this.isJson) this.surroundings.stdout.write(`${jsonDocument(document, 2)}\n`);
  }

  /** One of many results, for a script: one JSON document per line. */
  jsonLine(document: object): void {
    if (this.isJson) this.surroundings.stdout.write(`${jsonDocument(document)}\n`);
  }
}

/**
 * Colours by meaning. Without a terminal, or if the user wants none (https://no-color.org), the text stays unchanged.
 */
function paintFor({ stdout, env }: Pick<Surroundings, 'stdout' | 'env'>) {
  const isWanted = stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  // Not util.styleText: since Node 22.13 it looks at the process's own stdout.
  const style = (code: number) => (text: string) => (isWanted ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { good: style(32), bad: style(31), warning: style(33), faint: style(2) };
}

/** Whether a value is nested too deeply to be printed. */
export function isTooDeep(value: unknown): boolean {
  let level = [value].filter(isObject);
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    level = level.flatMap((parent) => Object.values(parent).filter(isObject));
  }
  return level.length > 0;
}

/**
 * A document as JSON of characters that are safe in a terminal. Members that are nested too deeply are left out, and
 * named under `omitted`.
 */
function jsonDocument(document: object, indent?: number): string {
  const tooDeep = Object.entries<unknown>({ ...document }).filter(([, value]) => isTooDeep(value));
  const omitted = Object.fromEntries(tooDeep.map(([name]) => [name, TOO_DEEP]));
  const without = Object.fromEntries(tooDeep.map(([name]) => [name, undefined]));
  const printed = tooDeep.length === 0 ? document : { ...document, ...without, omitted };
  return withEscapes(JSON.stringify(printed, null, indent));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
