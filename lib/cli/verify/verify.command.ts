import { type Command } from 'commander';
import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { DEFAULT_MAX_AGE } from '../../verification/callback-verifier.js';
import { type CommandHelp, type CommonOptions, kindNamed, numberOption, subCommand } from '../options.js';
import { Output } from '../output.js';
import { readSecrets } from '../signature-secrets.js';
import { EXIT, type ExitCode, type RunningCommand, type Surroundings, UsageError } from '../surroundings.js';
import { type CapturedRequest, readCapture } from './capture.js';
import { type Check, examine } from './examine.js';

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
      'curl -v does not print the body; name its file with --body. A request may have up to 1 MiB, a HAR file up to 16 MiB. ' +
      'It may be UTF-16 or begin with a byte order mark, as PowerShell writes it; the bytes of --body are used unchanged.',
    'All checks run, even after one has failed. Without secrets, the signature is not checked and the exit code is 3.',
    'The age is computed with the current time, as a server would. So an old capture fails, unless --at gives the time of the ' +
      'capture. With --at the result is the same tomorrow.',
    'Neither the token nor a secret is ever printed.',
  ],
  examples: `
  # a captured request, at the current time
  video-callbacks verify request.txt
  # an archive callback of last week, at the time of the capture
  video-callbacks verify request.txt --kind archive --at 2026-01-31T12:00:00Z
  # the output of curl -v, and the body that curl sent
  video-callbacks verify curl.txt --body body.json
  # the third entry of a HAR file, for a script
  video-callbacks verify requests.har --entry 3 --json
  # from a pipe
  cat request.txt | video-callbacks verify -`,
};

/** `video-callbacks verify`: makes every check on a captured request and explains what fails. */
export function verifyCommand(running: RunningCommand): Command {
  return subCommand(VERIFY_HELP)
    .argument('<file>')
    .option('--kind <kind>', 'only the secrets of this kind may have made the signature', kindNamed)
    .option('--body <path>', 'the file with the body, if the capture has none')
    .addOption(
      numberOption('--entry <n>', 'the entry of a HAR file; default the first POST with a token', 1, 1_000_000),
    )
    .option(
      '--at <time>',
      'the time for which the age is computed, such as 2026-01-31T12:00:00Z; default now',
      momentNamed,
    )
    .addOption(numberOption('--max-age <seconds>', `the maximum age; default ${DEFAULT_MAX_AGE}`, 1, 10 * 365 * 86_400))
    .option('--any-user-agent', 'do not check the User-Agent')
    .option('--api-key <key>', 'your project, which the token must name; default VIDEO_API_KEY')
    .option('--application-id <uuid>', 'your application, which the token must name; default VIDEO_APPLICATION_ID')
    .action(async (file: string, options: VerifyOptions) => {
      running.exitCode = await verify(file, options, running);
    });
}

async function verify(file: string, options: VerifyOptions, surroundings: Surroundings): Promise<ExitCode> {
  const { at = new Date() } = options;
  const capture = await readCapture(file, options, surroundings);
  const secrets = await readSecrets(options, surroundings);
  const checks = await examine(capture, { ...options, at }, secrets, surroundings);
  return report(checks, capture, at, new Output(options, surroundings));
}

/** Prints every check and returns how the command ends. */
function report(checks: readonly Check[], { remarks }: CapturedRequest, at: Date, output: Output): ExitCode {
  const titles = (wanted: Check['outcome']) =>
    checks.filter(({ outcome }) => outcome === wanted).map(({ title }) => title);
  const [failed, open] = [titles('failed'), titles('not_checked')];
  const isVerified = titles('passed').includes('signature');
  const passed = failed.length === 0;
  output.json({ passed, signatureVerified: isVerified, judgedAt: at.toISOString(), remarks, checks });

  const { paint } = output;
  for (const { title, outcome, detail, explanation } of checks) {
    const name = title.padEnd(20);
    if (outcome === 'passed') output.line(`${paint.good('✓')} ${name} ${detail}`);
    else if (outcome === 'failed') output.line(`${paint.bad('✗')} ${name} ${paint.bad(detail)}`);
    else output.line(`${paint.warning('-')} ${name} not checked: ${detail}`);
    if (explanation !== undefined) output.line(`    ${explanation}`);
  }
  for (const remark of remarks) output.line(paint.faint(`  ${remark}`));
  const good = open.length === 0 ? 'Genuine and intact.' : 'Nothing is wrong.';
  const verdict = passed ? paint.good(good) : paint.bad(`Failed: ${failed.join(', ')}.`);
  output.line(`\n${verdict}${open.length === 0 ? '' : ` Not checked: ${open.join(', ')}.`}`);
  if (!passed) return EXIT.failed;
  return isVerified ? EXIT.ok : EXIT.unverified;
}

function momentNamed(text: string): Date {
  // Without a zone it would be another moment on another machine.
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const moment = new Date(isIso ? text : NaN);
  if (Number.isNaN(moment.getTime()))
    throw new UsageError('--at is a time with its zone, such as 2026-01-31T12:00:00Z');
  return moment;
}
