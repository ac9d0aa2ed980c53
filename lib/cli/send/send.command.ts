import { type Command } from 'commander';
import { kindNamed, listOf, named, numberOption, subCommand } from '../options.js';
import { readSecrets } from '../signature-secrets.js';
import { type RunningCommand, UsageError } from '../surroundings.js';
import { sendCallbacks } from './deliveries.js';
import { kindAndPath } from './endpoint.js';
import { forge } from './forge.js';
import { SEND_HELP } from './send.help.js';
import { type SendOptions, Sending } from './sending.js';

/** The ways of sending, by the option that selects each (`event` is the default), and the options that each takes. */
const MODES: Readonly<Record<'event' | 'file' | 'scenario' | 'forge', readonly (keyof SendOptions)[]>> = {
  event: ['event', 'set', 'count', 'copies', 'resign'],
  file: ['file', 'count', 'copies', 'resign'],
  scenario: ['scenario', 'speed', 'copies', 'resign'],
  forge: ['forge', 'event', 'strict'],
};

/** `video-callbacks send`: sends callbacks as Vonage does, or hostile requests. */
export function sendCommand(running: RunningCommand): Command {
  return subCommand(SEND_HELP)
    .argument('<url>')
    .option(
      '--kind <kind>',
      'session, archive, sip, experienceComposer, broadcast or captions; with --scenario, only these kinds (repeatable)',
      listOf(kindNamed),
    )
    .option('--event <event>', 'the event (session, sip) or status (other kinds) of the payload')
    .option(
      '--set <name=value>',
      'set a field of the payload, also in an object (call.id); the value is JSON, otherwise a string (repeatable)',
      listOf(String),
    )
    .option('--file <path>', 'send exactly the bytes of a file, of at most 1 MiB; - is standard input')
    .addOption(numberOption('--count <n>', 'how many to send, each with a token of its own; default 1', 1, 1000))
    .addOption(numberOption('--copies <n>', 'how many copies of each to send, with the same token; default 1', 1, 100))
    .option('--resign', 'sign each copy anew: the same body under a new token (new iat and jti)')
    .option('--scenario <name>', 'play a whole call; the only scenario is "session"', named('scenario', ['session']))
    .addOption(
      numberOption('--speed <factor>', 'how many times faster than real time; default 60', 0.1, 1_000_000, false),
    )
    .option('--forge', 'send hostile requests and report which of them the endpoint did not refuse')
    .option('--strict', 'with --forge, count advice as failure too')
    .option(
      '--path <kind=path>',
      'the path for one kind, in place of the path of the URL (repeatable)',
      listOf(kindAndPath),
    )
    .addOption(numberOption('--timeout <seconds>', 'how long an answer may take; default 10', 1, 300))
    .option('--i-own-this-endpoint', 'confirm that a public host is yours')
    .option('--api-key <key>', 'the api_key of the token: OpenTok project or Vonage account; default VIDEO_API_KEY')
    .option('--application-id <uuid>', 'the application_id of the token; default VIDEO_APPLICATION_ID')
    .option(
      '--environment <name>',
      'the environment of the payloads: openTok or unified; default unified for an application or an account key',
      named('environment', ['openTok', 'unified']),
    )
    .action(async (url: string, options: SendOptions) => {
      assertConsistent(options);
      const sending = new Sending(url, options, await readSecrets(options, running), running);
      running.exitCode = await (options.forge ? forge : sendCallbacks)(sending);
    });
}

/** @throws {UsageError} if options contradict each other */
function assertConsistent(options: SendOptions): void {
  const mode = (['forge', 'scenario', 'file'] as const).find((name) => options[name] !== undefined) ?? 'event';
  for (const [owner, names] of Object.entries(MODES)) {
    const stray = names.find((name) => options[name] !== undefined && !MODES[mode].includes(name));
    if (stray === undefined) continue;
    throw new UsageError(`--${stray} has no meaning ${mode === 'event' ? `without --${owner}` : `with --${mode}`}`);
  }
  if (options.resign && options.copies === undefined) throw new UsageError('--resign has no meaning without --copies');
  if (options.file === '-' && options.secretStdin) {
    throw new UsageError('standard input cannot be both the body (--file -) and the secret (--secret-stdin)');
  }
}
