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
    'It is a Nest application with this module, and needs @nestjs/platform-express or @nestjs/platform-fastify.',
    'For use behind a tunnel while you set the webhooks up. A genuine callback is answered with 204, any other request with 401, a ' +
      'genuine one whose body cannot be used with 400, a body over 1 MiB with 413, one that takes longer than 10 s with 408, another method than POST with 405.',
    'The kind is that of --kind, or that of the last part of the path (/archive, /video/archives), or else the one whose secret made ' +
      'the signature. Secrets of several kinds can be set at once.',
    '--body prints no more than 64 KiB, and passwords of archives as ***. With --json all is printed as it is, one JSON document a line. ' +
      'A payload that is nested more than 100 levels deep is not printed, and the line says so.',
  ],
  examples: `
  # receive and print callbacks until Ctrl-C
  video-callbacks listen --port 3000
  # archives only, with their payloads
  video-callbacks listen --port 3000 --kind archive --body
  # one JSON document a line, on a free port
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
  // Node takes it for every address of this machine.
  if (host === '') throw new UsageError('--host is empty: leave it out, or name an address');
  const secrets = await readSecrets(options, surroundings);
  const kinds = secrets.kinds.filter((known) => kind === undefined || known === kind);
  if (kinds.length === 0) throw noSecret(kind);
  // Nest is needed by this command alone, and slow to load.
  const { listenUntilAborted } = await import('./listener.js');
  await listenUntilAborted(kinds, secrets, options, surroundings);
}
