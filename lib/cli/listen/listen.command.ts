import { errorCode } from '../bounded-input.js';
import { type Command, COMMON_OPTIONS, SECRET_OPTION } from '../command.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { type GivenArguments } from '../given-arguments.js';
import { kindNamed } from '../kind-option.js';
import { Output } from '../output.js';
import { readSecrets } from '../signature-secrets.js';
import { type Surroundings } from '../surroundings.js';
import { CallbackReceiver } from './callback-receiver.js';
import { LISTEN_EXAMPLES, LISTEN_NOTES } from './listen.help.js';
import { reportReceipt } from './receipt-report.js';
import { serveUntilAborted } from './serve.js';

/** `video-callbacks listen`: a receiver that verifies and prints what arrives. */
export const LISTEN_COMMAND: Command = {
  name: 'listen',
  summary: 'receive, verify and print callbacks, for example behind a tunnel',
  usage: ['--port <port> [options]'],
  options: {
    port: { value: 'port', about: 'the port to listen on, 0 for a free one; default 3000' },
    host: { value: 'address', about: 'the address to listen on; default 127.0.0.1' },
    kind: { value: 'kind', about: 'expect callbacks of this kind only' },
    body: { about: 'print the payload of each genuine callback below its line' },
    'api-key': { value: 'key', about: 'accept this project only; default any' },
    'any-user-agent': { about: 'do not check the User-Agent' },
    ...SECRET_OPTION,
    ...COMMON_OPTIONS,
  },
  notes: LISTEN_NOTES,
  examples: LISTEN_EXAMPLES,
  run: listen,
};

async function listen(given: GivenArguments, surroundings: Surroundings): Promise<ExitCode> {
  given.noPositional();
  const output = new Output(given, surroundings);
  const kind = given.has('kind') ? kindNamed(given.text('kind') ?? '') : undefined;
  const port = given.number('port', 3000, { least: 0, most: 65_535 });
  const secrets = await readSecrets(given, surroundings);
  const receiver = await CallbackReceiver.with(secrets, {
    kind,
    apiKey: given.text('api-key'),
    anyUserAgent: given.has('any-user-agent'),
  });
  const report = (receipt: Parameters<typeof reportReceipt>[0]): void => {
    reportReceipt(receipt, given.has('body'), output);
  };
  const failed = (error: unknown): void => {
    surroundings.stderr.write(`video-callbacks: a request could not be handled: ${errorCode(error)}\n`);
  };
  await serveUntilAborted(receiver, report, {
    port,
    host: given.text('host') ?? '127.0.0.1',
    signal: surroundings.signal,
    failed,
    listening: (url) => {
      output.line(`Listening on ${url} for ${receiver.kinds.join(', ')}. End with Ctrl-C.`);
      output.jsonLine({ listening: url, kinds: receiver.kinds });
    },
  });
  return EXIT.ok;
}
