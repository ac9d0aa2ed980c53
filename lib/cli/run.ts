import { type Command } from './command.js';
import { COMMANDS } from './commands.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { commandHelp, overallHelp } from './help.js';
import { packageVersion } from './package-version.js';
import { printable } from './printable.js';
import { readArguments } from './read-arguments.js';
import { type Surroundings } from './surroundings.js';
import { UsageError } from './usage-error.js';

/**
 * Runs `video-callbacks`.
 *
 * @param argv what stands after the program's name
 * @returns how the process shall end
 */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const [name, ...rest] = argv;
  try {
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      const help = overallHelp(COMMANDS, await packageVersion());
      // Without anything to do, the help is an error message.
      (name === undefined ? surroundings.stderr : surroundings.stdout).write(help);
      return name === undefined ? EXIT.wrongUse : EXIT.ok;
    }
    if (name === '--version') {
      surroundings.stdout.write(`${await packageVersion()}\n`);
      return EXIT.ok;
    }
    const command = COMMANDS.find((known) => known.name === name);
    // The word is not repeated: it may be a secret that stands in the wrong place.
    if (command === undefined) throw new UsageError(`there is no such command: use ${names()}`);
    return await runCommand(command, rest, surroundings);
  } catch (error) {
    if (surroundings.signal.aborted) {
      surroundings.stderr.write('video-callbacks: interrupted\n');
      return EXIT.failed;
    }
    if (!(error instanceof UsageError)) throw error;
    surroundings.stderr.write(`video-callbacks: ${printable(error.message, Infinity)}\n`);
    return EXIT.wrongUse;
  }
}

async function runCommand(command: Command, argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const given = readArguments(argv, command.options);
  if (given.has('help')) {
    surroundings.stdout.write(commandHelp(command));
    return EXIT.ok;
  }
  return command.run(given, surroundings);
}

function names(): string {
  return COMMANDS.map(({ name }) => name).join(', ');
}
