import { type Command } from 'commander';
import { type ExitCode } from '../exit-code.js';
import { kindNamed, listOf, numberOf, subCommand, withCommonOptions } from '../options.js';
import { Output } from '../output.js';
import { readSecrets } from '../signature-secrets.js';
import { type RunningCommand, type Surroundings } from '../surroundings.js';
import { Endpoint, kindAndPath } from './endpoint.js';
import { forge } from './forge/forge.js';
import { projectIdentity } from './project-identity.js';
import { playScenario } from './scenario/play-scenario.js';
import { sendCallbacks } from './send-callbacks.js';
import { SEND_HELP } from './send.help.js';
import { type SendOptions, type Sending } from './sending.js';
import { sendMode } from './send-mode.js';

const MODES = { event: sendCallbacks, file: sendCallbacks, scenario: playScenario, forge } as const;

/** `video-callbacks send`: sends callbacks as Vonage does, or hostile requests. */
export function sendCommand(running: RunningCommand): Command {
  const command = subCommand(SEND_HELP)
    .argument('<url>')
    .option(
      '--kind <kind>',
      'session, archive, sip, experienceComposer, broadcast or captions; with --scenario, only these kinds (repeatable)',
      listOf(kindNamed),
    )
    .option('--event <event>', 'the event (session, sip) or status (other kinds) of the payload')
    .option(
      '--set <name=value>',
      'set a field of the payload; the value is JSON or else text (repeatable)',
      listOf((text) => text),
    )
    .option('--file <path>', 'send exactly the bytes of a file, of at most 1 MiB; - is standard input')
    .option(
      '--count <n>',
      'how many to send, one after the other, each with a token of its own; default 1',
      numberOf('--count', { least: 1, most: 1000 }),
    )
    .option('--scenario <name>', 'play a whole call; the only scenario is "session"')
    .option(
      '--speed <factor>',
      'how many times faster than real the scenario is played; default 60',
      numberOf('--speed', { least: 0.1, most: 1_000_000, whole: false }),
    )
    .option('--forge', 'send hostile requests and report which of them the endpoint did not refuse')
    .option('--strict', 'with --forge, let accepted requests of minor importance fail too')
    .option('--path <kind=path>', 'the path for one kind, instead of that of the URL (repeatable)', listOf(kindAndPath))
    .option(
      '--timeout <seconds>',
      'how long an answer may take; default 10',
      numberOf('--timeout', { least: 1, most: 300 }),
    )
    .option('--i-own-this-endpoint', 'confirm that a public host is yours')
    .option('--api-key <key>', 'the api_key of the token: OpenTok project or Vonage account; default VIDEO_API_KEY')
    .option('--application-id <uuid>', 'the application_id of the token; default VIDEO_APPLICATION_ID')
    .option(
      '--environment <name>',
      'whose payloads are made: openTok or unified; default unified with an application or an account key',
    )
    .action(async (url: string, options: SendOptions) => {
      running.exitCode = await send(url, options, running);
    });
  return withCommonOptions(command);
}

async function send(url: string, options: SendOptions, surroundings: Surroundings): Promise<ExitCode> {
  const mode = sendMode(options);
  const sending: Sending = {
    options,
    surroundings,
    endpoint: new Endpoint(url, options),
    project: projectIdentity(options, surroundings),
    secrets: await readSecrets(options, surroundings),
    output: new Output(options, surroundings),
  };
  return MODES[mode](sending);
}
