import { Command, Option } from 'commander';
import { VIDEO_CALLBACK_KINDS } from '../callbacks/callback-kind.js';
import { GENERAL_SECRET_VARIABLE, SECRET_VARIABLES } from '../secrets/environment.js';
import { printable } from './output.js';
import { UsageError } from './surroundings.js';

/** The options of every sub-command. */
export interface CommonOptions {
  /** Print JSON, for scripts. */
  readonly json?: true;
  /** Read the signature secrets from standard input. */
  readonly secretStdin?: true;
  /** A file of environment variables. */
  readonly envFile?: string;
}

/** What the help of a sub-command says besides its options. */
export interface CommandHelp {
  readonly name: string;
  readonly summary: string;
  /** What follows the command's name, one line for each way to use it. */
  readonly usage: readonly string[];
  /** Paragraphs below the options. */
  readonly notes: readonly string[];
  /** Pairs of lines: a comment that begins with `#`, and a command line that works. */
  readonly examples: string;
}

/** The secrets and the exit codes, for every help. */
export const COMMON_HELP = `
Secrets:
  Signature secrets come from environment variables, one secret per line:
${Object.values(SECRET_VARIABLES)
  .map((variable) => `    ${variable}\n`)
  .join('')}    ${GENERAL_SECRET_VARIABLE} (every kind that has no variable of its own)
  or from a file of such variables (--env-file); variables that are set take precedence,
  or from standard input, for all kinds (--secret-stdin). They are never read from the command line.

Exit codes:
  0  success
  1  a delivery failed, a check failed, a hostile request was not refused, or sending was interrupted
  2  the command could not do its work: an unknown kind, event or option, an unusable secret, a file that cannot
     be read or is too large, an unreachable address, an endpoint that refuses genuine callbacks under --forge
  3  verify found nothing wrong, but could not check the signature: no secret is set
`;

/** Creates a sub-command with its help, without options and action. */
export function subCommand({ name, summary, usage, notes, examples }: CommandHelp): Command {
  return new Command(name)
    .description(summary)
    .usage(usage.join(`\n       video-callbacks ${name} `))
    .addHelpText('after', ({ command }) => {
      const help = command.createHelp();
      const paragraphs = notes.map((note) => `\n${help.boxWrap(note, 100)}\n`);
      return `${paragraphs.join('')}${COMMON_HELP}\nExamples:${examples}`;
    });
}

/** Adds {@link CommonOptions}, and refuses options that are given twice or without their value. */
export function withCommonOptions(command: Command): Command {
  command
    .option('--secret-stdin', 'read the signature secret from standard input, one per line')
    .option(
      '--env-file <path>',
      'read environment variables from a file such as .env; variables that are set take precedence',
    )
    .option('--json', 'print JSON, for scripts');
  for (const option of command.options) {
    let isGiven = false;
    command.on(`option:${option.name()}`, (value: string | null) => {
      // As in "--event --json": the value is missing.
      if (value?.startsWith('--')) throw new UsageError(`option '${option.flags}' argument missing`);
      if (isGiven && !isRepeatable(command, option.attributeName())) {
        throw new UsageError(`--${option.name()} is given more than once`);
      }
      isGiven = true;
    });
  }
  return command;
}

function isRepeatable(command: Command, name: string): boolean {
  return Array.isArray(command.getOptionValue(name));
}

/** The parser of an option that may be given several times. */
export function listOf<Value>(parse: (text: string) => Value): (text: string, list?: readonly Value[]) => Value[] {
  return (text, list = []) => [...list, parse(text)];
}

/**
 * An option that takes a number. For any other value it throws a {@link UsageError} that names the range.
 *
 * @param isWhole whether it must be an integer
 */
export function numberOption(flags: string, description: string, least: number, most: number, isWhole = true): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
    const what = `${isWhole ? 'a whole number' : 'a number'} from ${least} to ${most}`;
    throw new UsageError(`--${option.name()} is ${what}, not "${printable(text)}"`);
  });
}

/**
 * The parser of an option that takes one of several names.
 *
 * @throws {UsageError} that lists them
 */
export function named<Name extends string>(what: string, known: readonly Name[]): (name: string) => Name {
  return (name) => {
    const found = known.find((one) => one === name);
    if (found !== undefined) return found;
    const verb = known.length === 1 ? 'is' : 'are';
    throw new UsageError(`there is no ${what} "${printable(name, 40)}": known ${verb} ${known.join(', ')}`);
  };
}

/** The parser of an option that takes a kind of callback. */
export const kindNamed = named('kind', VIDEO_CALLBACK_KINDS);
