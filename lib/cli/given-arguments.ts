import { printable } from './printable.js';
import { UsageError } from './usage-error.js';

/** The range of a number that an option takes. */
export interface NumberRange {
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
}

/** What stood on the command line after the command's name. */
export class GivenArguments {
  constructor(
    readonly positionals: readonly string[],
    private readonly values: ReadonlyMap<string, readonly string[]>,
  ) {}

  /** The names of the options that were given. */
  get names(): readonly string[] {
    return [...this.values.keys()];
  }

  /** Whether an option was given. */
  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The value of an option. */
  text(name: string): string | undefined {
    return this.values.get(name)?.at(-1);
  }

  /** The values of an option that may be given several times. */
  texts(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  /**
   * The value of an option that takes a number.
   *
   * @throws {UsageError} if it is none, or out of range
   */
  number(name: string, absent: number, { least, most, whole = true }: NumberRange): number {
    const text = this.text(name);
    if (text === undefined) return absent;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
    const what = whole ? 'a whole number' : 'a number';
    throw new UsageError(`--${name} is ${what} from ${least} to ${most}, not "${printable(text)}"`);
  }

  /**
   * The only positional argument. Others are not repeated in the message: one of them may be a secret.
   *
   * @throws {UsageError} if there is none, or more
   */
  onlyPositional(what: string): string {
    const [first, ...others] = this.positionals;
    if (first === undefined || first === '') throw new UsageError(`${what} is missing`);
    if (others.length > 0) throw tooMany(`besides ${what}`, others.length);
    return first;
  }

  /**
   * Sees to it that there are only options.
   *
   * @throws {UsageError} if there is a positional argument
   */
  noPositional(): void {
    if (this.positionals.length > 0) throw tooMany('besides the options', this.positionals.length);
  }
}

function tooMany(besides: string, count: number): UsageError {
  return new UsageError(
    `nothing is expected ${besides}, but there ${count === 1 ? 'is one word' : `are ${count} words`} more`,
  );
}
