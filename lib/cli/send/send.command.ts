import { type Command, COMMON_OPTIONS, SECRET_OPTION } from '../command.js';
import { type ExitCode } from '../exit-code.js';
import { type GivenArguments } from '../given-arguments.js';
import { readSecrets } from '../signature-secrets.js';
import { type Surroundings } from '../surroundings.js';
import { Endpoint, ENDPOINT_OPTIONS } from './endpoint.js';
import { forge } from './forge/forge.js';
import { PROJECT_OPTIONS, projectIdentity } from './project-identity.js';
import { playScenario } from './scenario/play-scenario.js';
import { sendCallbacks } from './send-callbacks.js';
import { type Sending } from './sending.js';
import { sendMode } from './send-mode.js';
import { SEND_EXAMPLES, SEND_NOTES } from './send.help.js';
import { Output } from '../output.js';

const MODES = { event: sendCallbacks, file: sendCallbacks, scenario: playScenario, forge } as const;

/** `video-callbacks send`: sends callbacks as Vonage does, or hostile requests. */
export const SEND_COMMAND: Command = {
  name: 'send',
  summary: 'send signed callbacks to your own endpoint, play a whole call, or try to forge callbacks',
  usage: [
    '<url> --kind <kind> --event <event> [options]',
    '<url> --kind <kind> --file <path> [options]',
    '<url> --scenario session [options]',
    '<url> --kind <kind> --forge [options]',
  ],
  options: {
    kind: {
      value: 'kind',
      repeatable: true,
      about: 'session, archive, sip, experienceComposer, broadcast or captions; with --scenario, only these kinds',
    },
    event: { value: 'event', about: 'the event (session, sip) or status (other kinds) of the payload' },
    set: { value: 'name=value', repeatable: true, about: 'set a field of the payload; the value is JSON or else text' },
    file: { value: 'path', about: 'send exactly the bytes of a file, of at most 1 MiB; - is standard input' },
    count: { value: 'n', about: 'how many to send, one after the other, each with a token of its own; default 1' },
    scenario: { value: 'name', about: 'play a whole call; the only scenario is "session"' },
    speed: { value: 'factor', about: 'how many times faster than real the scenario is played; default 60' },
    forge: { about: 'send hostile requests and report which of them the endpoint did not refuse' },
    strict: { about: 'with --forge, let accepted requests of minor importance fail too' },
    ...ENDPOINT_OPTIONS,
    ...PROJECT_OPTIONS,
    ...SECRET_OPTION,
    ...COMMON_OPTIONS,
  },
  notes: SEND_NOTES,
  examples: SEND_EXAMPLES,
  run: send,
};

async function send(given: GivenArguments, surroundings: Surroundings): Promise<ExitCode> {
  const mode = sendMode(given);
  const sending: Sending = {
    given,
    surroundings,
    endpoint: Endpoint.from(given),
    project: projectIdentity(given, surroundings),
    secrets: await readSecrets(given, surroundings),
    output: new Output(given, surroundings),
  };
  return MODES[mode](sending);
}
