import { type Command } from 'commander';
import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { type CommandHelp, type CommonOptions, kindNamed, numberOption, subCommand } from '../options.js';
import { noSecret, readSecrets } from '../signature-secrets.js';
import { type RunningCommand, type Surroundings, UsageError } from '../surroundings.js';

/** The options of `listen`. */
export interface ListenOptions extends CommonOptions {
  readonly port?: number;
  readonly host?: string;
  readonly kind?: VideoCallbackKind;
  readonly body?: boolean;
  readonly apiKey?: string;
  readonly applicationId?: string;
  readonly anyUserAgent?: boolean;
}

/** The help of `listen`; each of its examples is run by a test. */
export const LISTEN_HELP: CommandHelp = {
  name: 'listen',
  summary: 'receive, verify and print callbacks, for example behind a tunnel',
  usage: ['--port <port> [options]'],
  notes: [
    'listen runs a Nest application with this module. It needs @nestjs/platform-express or @nestjs/platform-fastify.',
    'Use it behind a tunnel while you set up the webhooks. The answer is 204 for a genuine callback, 400 if its body cannot be used, ' +
      '413 if its body has more than 1 MiB, 408 if its body takes longer than 10 s, 405 for another method than POST, and 401 for any other request.',
    'The kind is that of --kind, otherwise that of the last part of the path (/archive, /video/archives), otherwise that of the secret ' +
      'that made the signature. You can set secrets of several kinds at once.',
    '--body prints at most 64 KiB, and shows passwords of archives as ***. --json prints everything unchanged, one JSON document per line. ' +
      'A payload that is nested more than 100 levels deep is left out, and the line says so.',
  ],
  examples: `
  # receive and print callbacks until Ctrl-C
  video-callbacks listen --port 3000
  # archives only, with their payloads
  video-callbacks listen --port 3000 --kind archive --body
  # one JSON document per line, on a free port
  video-callbacks listen --port 0 --json`,
};

/** `video-callbacks listen`: a receiver that verifies and prints what arrives. */
export function listenCommand(running: RunningCommand): Command {
  return subCommand(LISTEN_HELP)
    .addOption(numberOption('--port <port>', 'the port to listen on, 0 for a free one; default 3000', 0, 65_535))
    .option('--host <address>', 'the address to listen on; default 127.0.0.1')
    .option('--kind <kind>', 'expect callbacks of this kind only', kindNamed)
    .option('--body', 'print the payload of each genuine callback below its line')
    .option('--api-key <key>', 'accept this project only; default any')
    .option('--application-id <uuid>', 'accept this application only; default any')
    .option('--any-user-agent', 'do not check the User-Agent')
    .action((options: ListenOptions) => listen(options, running));
}

async function listen(options: ListenOptions, surroundings: Surroundings): Promise<void> {
  const { kind, host } = options;
  // With an empty host, Node listens on every address of this machine.
  if (host === '') throw new UsageError('--host is empty: leave it out, or name an address');
  const secrets = await readSecrets(options, surroundings);
  const kinds = secrets.kinds.filter((known) => kind === undefined || known === kind);
  if (kinds.length === 0) throw noSecret(kind);
  // Imported here, because only this command needs Nest, which is slow to load.
  const { listenUntilAborted } = await import('./listener.js');
  await listenUntilAborted(kinds, secrets, options, surroundings);
}
