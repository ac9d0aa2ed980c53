import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { Command, CommanderError } from 'commander';
import { InvalidSecretError } from '../secrets/secret-rules.js';
import { readText } from './input.js';
import { LISTEN_HELP, listenCommand } from './listen/listen.command.js';
import { COMMON_HELP, type CommonOptions, withCommonOptions } from './options.js';
import { printable } from './output.js';
import { sendCommand } from './send/send.command.js';
import { SEND_HELP } from './send/send.help.js';
import { EXIT, type ExitCode, type RunningCommand, type Surroundings, UsageError } from './surroundings.js';
import { VERIFY_HELP, verifyCommand } from './verify/verify.command.js';

const MAX_ENV_FILE = 64 * 1024;

/**
 * Runs `video-callbacks`.
 *
 * @param argv the arguments after the program's name
 * @returns the exit code
 */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const running: RunningCommand = { ...surroundings, exitCode: EXIT.ok };
  try {
    refuseSecrets(argv);
    await (await programOf(running)).parseAsync(argv, { from: 'user' });
    return running.exitCode;
  } catch (error) {
    if (surroundings.signal.aborted) {
      surroundings.stderr.write('video-callbacks: interrupted\n');
      return EXIT.failed;
    }
    const isOfUse = error instanceof UsageError || error instanceof InvalidSecretError;
    if (!(isOfUse || error instanceof CommanderError)) throw error;
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // Without a sub-command, the help is the error message.
    const message = error instanceof CommanderError ? messageOf(error) : error.message;
    if (message !== '') surroundings.stderr.write(`video-callbacks: ${printable(message, Infinity)}\n`);
    return EXIT.wrongUse;
  }
}

async function programOf(running: RunningCommand): Promise<Command> {
  const examples = [SEND_HELP, VERIFY_HELP, LISTEN_HELP].map((help) => help.examples.split('\n', 5).join('\n'));
  const program = new Command('video-callbacks')
    .description('Send, verify and receive the secure callbacks of the Vonage Video API.')
    .usage('<command> [options]')
    .version(await packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print this help, or that of a command')
    .exitOverride()
    .configureHelp({ helpWidth: 100, subcommandTerm: (command) => command.name() })
    .configureOutput({
      writeOut: (text) => running.stdout.write(text),
      writeErr: (text) => running.stderr.write(text),
      outputError: () => undefined,
    })
    .hook('preAction', async (_, command) => {
      const { envFile } = command.opts<CommonOptions>();
      if (envFile === undefined) return;
      running.env = { ...parseEnv(await readText(envFile, MAX_ENV_FILE, running)), ...running.env };
    })
    .addHelpText('after', `${COMMON_HELP}\nExamples:${examples.join('')}`);
  for (const command of [sendCommand(running), verifyCommand(running), listenCommand(running)]) {
    program.addCommand(withCommonOptions(command).copyInheritedSettings(program));
  }
  return program;
}

/** The version of this package. */
async function packageVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '?';
}

/** Commander's error message without any value from the command line: it may be a secret in the wrong place. */
function messageOf({ code, message }: CommanderError): string {
  if (code === 'commander.help') return '';
  const [suggestion = ''] = /\(Did you mean .*\)$/.exec(message) ?? [];
  const [option = ''] = /-[^\s'=]*/.exec(message) ?? [];
  if (code === 'commander.unknownOption') return `unknown option ${printable(option, 40)} ${suggestion}`.trimEnd();
  if (code === 'commander.unknownCommand') return `unknown command: use send, verify, listen ${suggestion}`.trimEnd();
  return message.replace(/^error: /, '');
}

/** Refuses secrets on the command line, because they have already leaked. */
function refuseSecrets(argv: readonly string[]): void {
  const option = argv.find((argument) => /^--[a-z-]*secrets?(=|$)/i.test(argument));
  if (option === undefined) return;
  throw new UsageError(
    `${printable(option.replace(/=[^]*/, ''), 40)} is refused: every user of this machine can read command lines, and ` +
      'the shell keeps them. Use an environment variable such as VIDEO_SIGNATURE_SECRET, or --secret-stdin',
  );
}
