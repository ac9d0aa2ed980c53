import { type ExitCode } from './exit-code.js';
import { type GivenArguments } from './given-arguments.js';
import { type Surroundings } from './surroundings.js';

/** An option as it is read and as the help describes it. */
interface CommandOption {
  /** What the value is called in the help; an option without it is a switch. */
  readonly value?: string;
  /** Whether it may be given several times. */
  readonly repeatable?: boolean;
  readonly about: string;
}

/** The options of a command by name, without the dashes. */
export type CommandOptions = Readonly<Record<string, CommandOption>>;

/** A command line that works, and what it is good for. */
export interface CommandExample {
  readonly about: string;
  readonly line: string;
}

/** One command of `video-callbacks`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What follows the command's name, one line for each way to use it. */
  readonly usage: readonly string[];
  readonly options: CommandOptions;
  /** Paragraphs of the help, below the options. */
  readonly notes: readonly string[];
  readonly examples: readonly CommandExample[];
  /**
   * @throws {UsageError} if it cannot do what the arguments ask for
   */
  run(given: GivenArguments, surroundings: Surroundings): Promise<ExitCode>;
}

/** Options of every command. */
export const COMMON_OPTIONS = {
  json: { about: 'print JSON, for scripts' },
  help: { about: 'print this help' },
} satisfies CommandOptions;

/** The option of every command that needs secrets. */
export const SECRET_OPTION = {
  'secret-stdin': { about: 'read the signature secret from standard input, one per line' },
} satisfies CommandOptions;
