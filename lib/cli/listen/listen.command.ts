import { type Command } from 'commander';
import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { errorCode } from '../input.js';
import {
  type CommandHelp,
  type CommonOptions,
  kindNamed,
  numberOf,
  subCommand,
  withCommonOptions,
} from '../options.js';
import { Output } from '../output.js';
import { readSecrets } from '../signature-secrets.js';
import { type RunningCommand, type Surroundings } from '../surroundings.js';
import { CallbackReceiver } from './callback-receiver.js';
import { reportReceipt } from './receipt-report.js';
import { serveUntilAborted } from './serve.js';

/** The options of `listen`. */
interface ListenOptions extends CommonOptions {
  readonly port?: number;
  readonly host?: string;
  readonly kind?: VideoCallbackKind;
  readonly body?: true;
  readonly apiKey?: string;
  readonly anyUserAgent?: true;
}

/** The help of `listen`; each of its examples is run by a test. */
export const LISTEN_HELP: CommandHelp = {
  name: 'listen',
  summary: 'receive, verify and print callbacks, for example behind a tunnel',
  usage: ['--port <port> [options]'],
  notes: [
    'For use behind a tunnel while you set the webhooks up. A genuine callback is answered with 204, any other request with 401, a ' +
      'genuine one whose body cannot be used with 400, a body over 1 MiB with 413, one that takes longer than 10 s with 408, another method than POST with 405.',
    'The kind is that of --kind, or that of the last part of the path (/archive, /video/archives), or else the one whose secret made ' +
      'the signature. Secrets of several kinds can be set at once.',
    'Passwords of archives are printed as *** in text. With --json they are printed as they are, one JSON document a line. ' +
      'A payload that is nested more than 100 levels deep is not printed, and the line says so.',
  ],
  examples: [
    { about: 'receive and print callbacks until Ctrl-C', line: 'video-callbacks listen --port 3000' },
    { about: 'archives only, with their payloads', line: 'video-callbacks listen --port 3000 --kind archive --body' },
    { about: 'one JSON document a line, on a free port', line: 'video-callbacks listen --port 0 --json' },
  ],
};

/** `video-callbacks listen`: a receiver that verifies and prints what arrives. */
export function listenCommand(running: RunningCommand): Command {
  const command = subCommand(LISTEN_HELP)
    .option(
      '--port <port>',
      'the port to listen on, 0 for a free one; default 3000',
      numberOf('--port', { least: 0, most: 65_535 }),
    )
    .option('--host <address>', 'the address to listen on; default 127.0.0.1')
    .option('--kind <kind>', 'expect callbacks of this kind only', kindNamed)
    .option('--body', 'print the payload of each genuine callback below its line')
    .option('--api-key <key>', 'accept this project only; default any')
    .option('--any-user-agent', 'do not check the User-Agent')
    .action((options: ListenOptions) => listen(options, running));
  return withCommonOptions(command);
}

async function listen(options: ListenOptions, surroundings: Surroundings): Promise<void> {
  const { port = 3000, host = '127.0.0.1', kind, apiKey, body = false, anyUserAgent = false } = options;
  const output = new Output(options, surroundings);
  const secrets = await readSecrets(options, surroundings);
  const receiver = await CallbackReceiver.with(secrets, { kind, apiKey, anyUserAgent });
  const report = (receipt: Parameters<typeof reportReceipt>[0]): void => {
    reportReceipt(receipt, body, output);
  };
  const failed = (error: unknown): void => {
    surroundings.stderr.write(`video-callbacks: a request could not be handled: ${errorCode(error)}\n`);
  };
  await serveUntilAborted(receiver, report, {
    port,
    host,
    signal: surroundings.signal,
    failed,
    listening: (url) => {
      output.line(`Listening on ${url} for ${receiver.kinds.join(', ')}. End with Ctrl-C.`);
      output.jsonLine({ listening: url, kinds: receiver.kinds });
    },
  });
}
