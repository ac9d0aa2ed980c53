import { type Command } from 'commander';
import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { DEFAULT_MAX_AGE } from '../../verification/callback-verifier.js';
import { type ExitCode, UsageError } from '../exit-code.js';
import { type CommandHelp, type CommonOptions, kindNamed, numberOf, subCommand } from '../options.js';
import { Output } from '../output.js';
import { readSecrets } from '../signature-secrets.js';
import { type RunningCommand, type Surroundings } from '../surroundings.js';
import { examine } from './examine.js';
import { readCapture } from './capture.js';
import { reportChecks } from './verify-report.js';

/** The options of `verify`. */
export interface VerifyOptions extends CommonOptions {
  readonly kind?: VideoCallbackKind;
  readonly body?: string;
  readonly entry?: number;
  readonly at?: Date;
  readonly maxAge?: number;
  readonly anyUserAgent?: true;
  readonly apiKey?: string;
  readonly applicationId?: string;
}

/** The help of `verify`; each of its examples is run by a test. */
export const VERIFY_HELP: CommandHelp = {
  name: 'verify',
  summary: 'check a captured request and explain what is wrong with it',
  usage: ['<file> [options]', '- [options] < file'],
  notes: [
    'The file is a raw HTTP request (request line, header lines, an empty line, the body), the output of curl -v, or a HAR file. ' +
      'curl -v does not print the body; name its file with --body. A request may have 1 MiB, a HAR file 16 MiB. ' +
      'It may be in UTF-16 or begin with a byte order mark, as PowerShell writes it; the bytes of --body are taken as they are.',
    'Every check is made, also after one has failed. Without secrets the signature is not checked, and the exit code is 3.',
    'The age is judged as a server would, by the clock of now. An old capture fails therefore, unless --at names the moment of ' +
      'the capture, which also makes the result the same tomorrow.',
    'Neither the token nor a secret is ever printed.',
  ],
  examples: [
    { about: 'a captured request, as it is judged now', line: 'video-callbacks verify request.txt' },
    {
      about: 'an archive callback of last week, as it was judged then',
      line: 'video-callbacks verify request.txt --kind archive --at 2026-01-31T12:00:00Z',
    },
    {
      about: 'the output of curl -v, and the body that curl sent',
      line: 'video-callbacks verify curl.txt --body body.json',
    },
    {
      about: 'the third entry of a HAR file, for a script',
      line: 'video-callbacks verify requests.har --entry 3 --json',
    },
    { about: 'from a pipe', line: 'cat request.txt | video-callbacks verify -' },
  ],
};

/** `video-callbacks verify`: makes every check on a captured request and explains what fails. */
export function verifyCommand(running: RunningCommand): Command {
  return subCommand(VERIFY_HELP)
    .argument('<file>')
    .option('--kind <kind>', 'only the secrets of this kind may have made the signature', kindNamed)
    .option('--body <path>', 'the file that holds the body, where the capture does not')
    .option(
      '--entry <n>',
      'the entry of a HAR file, from 1; default the first POST with a token',
      numberOf('--entry', { least: 1, most: 1_000_000 }),
    )
    .option('--at <time>', 'the moment at which the age is judged, as 2026-01-31T12:00:00Z; default now', momentNamed)
    .option(
      '--max-age <seconds>',
      `the longest age; default ${DEFAULT_MAX_AGE}`,
      numberOf('--max-age', { least: 1, most: 10 * 365 * 86_400 }),
    )
    .option('--any-user-agent', 'do not check the User-Agent')
    .option('--api-key <key>', 'your project, which the token must name; default VIDEO_API_KEY')
    .option('--application-id <uuid>', 'your application, likewise; default VIDEO_APPLICATION_ID')
    .action(async (file: string, options: VerifyOptions) => {
      running.exitCode = await verify(file, options, running);
    });
}

async function verify(file: string, options: VerifyOptions, surroundings: Surroundings): Promise<ExitCode> {
  const { at = new Date() } = options;
  const capture = await readCapture(file, options, surroundings);
  const secrets = await readSecrets(options, surroundings);
  const checks = await examine(capture, { ...options, at }, secrets, surroundings);
  return reportChecks(checks, capture, at, new Output(options, surroundings));
}

function momentNamed(text: string): Date {
  // Without a zone it would be another moment on another machine.
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const moment = new Date(isIso ? text : NaN);
  if (Number.isNaN(moment.getTime())) throw new UsageError('--at is a moment with its zone, as 2026-01-31T12:00:00Z');
  return moment;
}
