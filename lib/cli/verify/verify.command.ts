import { DEFAULT_CLOCK_TOLERANCE, DEFAULT_MAX_AGE } from '../../verification/callback-verifier.js';
import { type Command, COMMON_OPTIONS, SECRET_OPTION } from '../command.js';
import { type ExitCode } from '../exit-code.js';
import { type GivenArguments } from '../given-arguments.js';
import { kindNamed } from '../kind-option.js';
import { Output } from '../output.js';
import { readSecrets } from '../signature-secrets.js';
import { type Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { examine } from './examine.js';
import { readCapture } from './read-capture.js';
import { VERIFY_EXAMPLES, VERIFY_NOTES } from './verify.help.js';
import { reportChecks } from './verify-report.js';

/** `video-callbacks verify`: makes every check on a captured request and explains what fails. */
export const VERIFY_COMMAND: Command = {
  name: 'verify',
  summary: 'check a captured request and explain what is wrong with it',
  usage: ['<file> [options]', '- [options] < file'],
  options: {
    kind: { value: 'kind', about: 'only the secrets of this kind may have made the signature' },
    body: { value: 'path', about: 'the file that holds the body, where the capture does not' },
    entry: { value: 'n', about: 'the entry of a HAR file, from 1; default the first POST with a token' },
    at: { value: 'time', about: 'the moment at which the age is judged, as 2026-01-31T12:00:00Z; default now' },
    'max-age': { value: 'seconds', about: `the longest age; default ${DEFAULT_MAX_AGE}` },
    'any-user-agent': { about: 'do not check the User-Agent' },
    'api-key': { value: 'key', about: 'your project, which the token must name; default VIDEO_API_KEY' },
    'application-id': { value: 'uuid', about: 'your application, likewise; default VIDEO_APPLICATION_ID' },
    ...SECRET_OPTION,
    ...COMMON_OPTIONS,
  },
  notes: VERIFY_NOTES,
  examples: VERIFY_EXAMPLES,
  run: verify,
};

async function verify(given: GivenArguments, surroundings: Surroundings): Promise<ExitCode> {
  const at = momentNamed(given.text('at'));
  const maxAge = given.number('max-age', DEFAULT_MAX_AGE, { least: 1, most: 10 * 365 * 86_400 });
  const kind = given.has('kind') ? kindNamed(given.text('kind') ?? '') : undefined;
  const capture = await readCapture(given, surroundings);
  const secrets = await readSecrets(given, surroundings);
  const judgement = { at, capturedAt: capture.capturedAt, maxAge, clockTolerance: DEFAULT_CLOCK_TOLERANCE };
  const checks = await examine(capture, { given, surroundings, secrets, kind, judgement });
  return reportChecks(checks, capture, at, new Output(given, surroundings));
}

function momentNamed(text: string | undefined): Date {
  if (text === undefined) return new Date();
  // Without a zone it would be another moment on another machine.
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const moment = new Date(isIso ? text : NaN);
  if (Number.isNaN(moment.getTime())) throw new UsageError('--at is a moment with its zone, as 2026-01-31T12:00:00Z');
  return moment;
}
