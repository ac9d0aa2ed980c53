import { type Violation } from '../callbacks/catalogue.js';
import {
  isOfStorage,
  type CallbackOutcome,
  type CallbackOutcomeName,
  type CallbackOutcomes,
  type DeadOutcome,
  type FailedOutcome,
  type GenuineCallbackOutcome,
  type PerhapsGenuine,
  type RejectedOutcome,
  type ReportedOutcome,
  type UnavailableOutcome,
} from './callback-outcome.js';
import { type LogFields, LogLine } from './log-line.js';
import { describeError, describeViolations } from './log-text.js';
import { cut, quoted } from '../verification/quoted-text.js';
import { OwnFault } from '../verification/own-fault.js';
import { type Repetition } from './repeated-lines.js';

/** What the log has of an outcome. */
export interface OutcomeLine {
  readonly level: 'debug' | 'log' | 'warn' | 'error';
  /** Absent where each is written. */
  readonly repetition?: Repetition;
  /**
   * The line itself, made only if it is written.
   *
   * @param repeats how many others that were left out it stands for; 0 for itself
   * @param diagnosis what else was found out about a refusal
   */
  readonly describe: (repeats: number, diagnosis?: string) => LogLine;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Lines a minute about single callbacks that may be lost; the others are summed up. */
const SINGLE_LINES = 60;

const LINES: { readonly [Name in CallbackOutcomeName]: (outcome: CallbackOutcomes[Name]) => OutcomeLine } = {
  accepted: (outcome) =>
    outcome.setAside.length === 0
      ? line('debug', outcome, 'accepted', () => `${genuine(outcome)} was handled in ${took(outcome)}.`)
      : line(
          'warn',
          outcome,
          'accepted',
          () => setAsideText(outcome, outcome.setAside),
          perMinute('set-aside', outcome),
        ),
  stored: (outcome) => line('debug', outcome, 'stored', () => `${genuine(outcome)} was stored in ${took(outcome)}.`),
  duplicate: (outcome) =>
    line(
      'debug',
      outcome,
      'duplicate',
      () => `${genuine(outcome)} is a duplicate: it was handled or stored before.`,
      // Whoever has captured a callback can send it again and again.
      perMinute('duplicate', outcome),
    ),
  redelivered: (outcome) =>
    line(
      'debug',
      outcome,
      'redelivered',
      () => `${genuine(outcome)} is delivered from the inbox, ${attempt(outcome)}.`,
    ),
  rejected: (outcome) => line('warn', outcome, 'rejected', () => rejectedText(outcome), rejectedRepetition(outcome)),
  unusable: (outcome) =>
    line(
      'error',
      outcome,
      'unusable',
      () =>
        `${genuine(outcome)} is genuine but cannot be used (${outcome.status}), ${outcome.isKept ? 'the inbox keeps it' : 'it may be lost'}: ` +
        describeViolations(outcome.violations),
      perMinute('unusable', outcome),
    ),
  failed: (outcome) => failedLine(outcome),
  dead: (outcome) =>
    line(
      'error',
      outcome,
      'dead',
      () =>
        `${subject(outcome)} is kept as failed, ${attempt(outcome)}: ${describeError(outcome.error)}. Fix the cause ` +
        `and retry the job (id ${cut(outcome.id)}).`,
      perMinute('dead', outcome),
    ),
  unavailable: (outcome) =>
    line('error', outcome, 'unavailable', () => unavailableText(outcome), unavailableRepetition(outcome)),
  recovered: ({ dependency, missed }) => ({
    level: 'warn',
    repetition: once(`recovered ${dependency}`),
    describe: (repeats) =>
      new LogLine(withRepeats(`The ${dependency} is available again; it missed ${missed} callbacks.`, repeats), {
        outcome: 'recovered',
        dependency,
        missed,
      }),
  }),
};

/** What the log has of an outcome. */
export function outcomeLine<Name extends CallbackOutcomeName>(
  name: Name,
  outcome: CallbackOutcomes[Name],
): OutcomeLine {
  return LINES[name](lightened(outcome));
}

/** A line may be kept for a while: without a body, and without an error that may hold on to anything. */
function lightened<Outcome extends object>(outcome: Outcome): Outcome {
  if (!('rawBody' in outcome || 'error' in outcome)) return outcome;
  return {
    ...outcome,
    ...('rawBody' in outcome ? { rawBody: undefined } : {}),
    ...('error' in outcome ? { error: new DescribedError(describeError(outcome.error)) } : {}),
  };
}

/** What the log says of an error, in its place. */
class DescribedError extends OwnFault {
  override readonly name = 'DescribedError';
}

/** Whether an outcome has a line where those of debugging are not wanted. */
export function isAlwaysLogged(name: CallbackOutcomeName): boolean {
  return !['accepted', 'stored', 'duplicate', 'redelivered'].includes(name);
}

/** A refusal with what else was found out about it: summed up apart from those about which something else was. */
export function diagnosedLine(line: OutcomeLine, diagnosis: string | undefined): OutcomeLine {
  const { level, repetition, describe } = line;
  if (diagnosis === undefined || repetition === undefined) return line;
  // A closed set: it holds nothing of the request but counts of bytes.
  const finding = diagnosis.replace(/\d+/g, '');
  return {
    level,
    repetition: { ...repetition, group: `${repetition.group}: ${finding}` },
    describe: (repeats) => describe(repeats, diagnosis),
  };
}

/** A body that is not the one that was signed, and is accepted. */
export function toleratedLine(outcome: GenuineCallbackOutcome, explanation: string): OutcomeLine {
  return line(
    'warn',
    outcome,
    'accepted',
    () => `${genuine(outcome)} is accepted although ${explanation} (verifyPayload is off)`,
    perMinute('tolerated', outcome),
  );
}

/** A secret that is not the first of its list, still in use. */
export function secretInUseLine({
  kind,
  projectId,
  secretPosition,
}: Pick<GenuineCallbackOutcome, 'kind' | 'projectId' | 'secretPosition'>): OutcomeLine {
  return {
    level: 'log',
    repetition: { group: 'secret in use', key: `${kind} ${secretPosition} ${projectId}`, singly: 1, windowMs: HOUR_MS },
    describe: (repeats) =>
      new LogLine(
        withRepeats(
          `Vonage signs ${kind} callbacks of project ${quoted(projectId)} with secret [${secretPosition}] of the list: ` +
            'it is in use, do not remove it yet.',
          repeats,
          HOUR_MS,
        ),
        { outcome: 'secret-in-use', kind, projectId: cut(projectId), secretPosition },
      ),
  };
}

/** Secrets that are used although the provider did not confirm them in time. */
export function staleSecretsLine(error: unknown): OutcomeLine {
  const described = describeError(error);
  return {
    level: 'warn',
    repetition: once('stale secrets', described),
    describe: (repeats) =>
      new LogLine(
        withRepeats(
          `${described}. Callbacks of known projects are verified with earlier answers of the secret provider until ` +
            'staleIfError is over.',
          repeats,
        ),
        { outcome: 'stale-secrets', error: described },
      ),
  };
}

/** A connection that was closed because it had too many requests without an answer. */
export function connectionEndedLine(): OutcomeLine {
  return {
    level: 'warn',
    repetition: once('connection ended'),
    describe: (repeats) =>
      new LogLine(
        withRepeats(
          'Closed a connection: it sent many requests that may be callbacks without waiting for the answers (HTTP ' +
            'pipelining). Vonage does not do that.',
          repeats,
        ),
        { outcome: 'connection-ended' },
      ),
  };
}

/** What an outcome may have that is worth a field of its own. */
type LoggedOutcome = ReportedOutcome &
  PerhapsGenuine & {
    readonly reason?: string;
    readonly status?: number;
    readonly dependency?: string;
    readonly policy?: string;
    readonly error?: unknown;
    readonly id?: string;
  };

function line(
  level: OutcomeLine['level'],
  outcome: LoggedOutcome,
  name: CallbackOutcomeName,
  text: () => string,
  repetition?: Repetition,
): OutcomeLine {
  return {
    level,
    ...(repetition === undefined ? {} : { repetition }),
    describe: (repeats, diagnosis) => {
      const found = diagnosis === undefined ? '' : `. ${diagnosis}`;
      return new LogLine(withRepeats(text() + found, repeats), {
        ...fields(outcome),
        outcome: name,
        diagnosis,
        repeats: repeats === 0 ? undefined : repeats,
      });
    },
  };
}

function fields({
  kind,
  route,
  address,
  projectId,
  jti,
  age,
  secretPosition,
  attempt,
  durations,
  ...more
}: LoggedOutcome): LogFields {
  return {
    kind,
    route,
    address,
    projectId: projectId === undefined ? undefined : cut(projectId),
    jti: jti === undefined ? undefined : cut(jti),
    ageInSeconds: age,
    secretPosition,
    attempt: attempt?.attempt,
    attempts: attempt?.of,
    durationInMs: durations.total,
    verificationInMs: durations.verification,
    payloadInMs: durations.payload,
    storageInMs: durations.storage,
    handlingInMs: durations.handling,
    reason: more.reason,
    status: more.status,
    dependency: more.dependency,
    policy: more.policy,
    error: more.error === undefined ? undefined : describeError(more.error),
    id: more.id,
  };
}

function once(group: string, key = ''): Repetition {
  return { group, key: `=${key}`, singly: 1, windowMs: MINUTE_MS };
}

function perMinute(what: string, { route }: ReportedOutcome): Repetition {
  return { group: what, key: route, singly: SINGLE_LINES, windowMs: MINUTE_MS };
}

function withRepeats(text: string, repeats: number, windowMs = MINUTE_MS): string {
  return repeats === 0 ? text : `${repeats} more within ${windowMs / 1000} s, of which the latest: ${text}`;
}

function genuine({ kind, route, projectId, jti }: Pick<FailedOutcome, 'kind' | 'route' | 'projectId' | 'jti'>): string {
  return `The ${kind} callback ${quoted(jti)} of project ${quoted(projectId)} to ${route}`;
}

function took({ durations }: CallbackOutcome): string {
  return `${durations.total.toFixed(1)} ms`;
}

function attempt({ attempt: { attempt: number, of } }: Pick<GenuineCallbackOutcome, 'attempt'>): string {
  return `attempt ${number} of ${of}`;
}

function setAsideText(outcome: GenuineCallbackOutcome, setAside: readonly Violation[]): string {
  return (
    `${genuine(outcome)} was accepted, but fields of an unexpected type are left out of the DTO (RawCallback has them): ` +
    describeViolations(setAside)
  );
}

function rejectedText({ route, kind, address, projectId, reason, explanation }: RejectedOutcome): string {
  const project = projectId === undefined ? '' : `, project ${quoted(projectId)}`;
  return (
    `Rejected a request to ${route} (${kind}) from ${address ?? 'an unknown address'}${project}: ` +
    `${reason}: ${explanation}`
  );
}

/** A token can name any project, but only for one that is configured is the signature checked. */
function rejectedRepetition({ reason, route, projectId, secretPosition }: RejectedOutcome): Repetition {
  const isConfigured = reason === 'signature_mismatch' || secretPosition !== undefined;
  return once(`rejected ${reason} ${route}`, isConfigured ? projectId : undefined);
}

function failedLine(outcome: FailedOutcome): OutcomeLine {
  const isRetried = outcome.next === 'retry';
  const which = outcome.next === 'lost' ? '' : ` (${attempt(outcome)})`;
  return line(
    isRetried ? 'warn' : 'error',
    outcome,
    'failed',
    () => `${subject(outcome)} ${afterFailure(outcome)}${which}: ${describeError(outcome.error)}`,
    perMinute(isRetried ? 'retried' : 'failed', outcome),
  );
}

function afterFailure({ next, attempt }: FailedOutcome): string {
  switch (next) {
    case 'retry':
      return 'failed and will be tried again';
    case 'dead':
      return attempt.attempt < attempt.of
        ? 'failed, is not tried again and is kept'
        : 'failed at the last attempt and is kept';
    case 'lost':
      return 'failed, it may be lost';
  }
}

function subject(outcome: FailedOutcome | DeadOutcome): string {
  return outcome.kind === 'unknown' ? 'A job of the inbox' : genuine(outcome);
}

/** A stored callback that this application leaves for another one. */
export function leftInInboxLine(reason: string): OutcomeLine {
  return {
    level: 'warn',
    repetition: { ...once('left in inbox', reason), windowMs: HOUR_MS },
    describe: (repeats) =>
      new LogLine(
        withRepeats(`A stored callback is left in the inbox for another process: ${reason}.`, repeats, HOUR_MS),
        {
          outcome: 'left',
          reason,
        },
      ),
  };
}

function unavailableText(outcome: UnavailableOutcome): string {
  const error = describeError(outcome.error);
  if (isOfStorage(outcome)) {
    const meanwhile =
      outcome.policy === 'handle'
        ? 'callbacks are handled at once, and copies of them may be handled again'
        : 'callbacks are answered 503 and may be lost';
    return `The ${outcome.dependency} is unavailable (${error}): ${meanwhile}.`;
  }
  return `Cannot verify a request to ${outcome.route} (${outcome.kind}), it may be lost: ${error}`;
}

function unavailableRepetition(outcome: UnavailableOutcome): Repetition {
  if (isOfStorage(outcome)) return once(`unavailable ${outcome.dependency}`);
  return once(`unavailable ${outcome.dependency} ${outcome.route}`, describeError(outcome.error));
}

/** The observer threw: its fault must not fill the log either. */
export function observerThrewLine(name: CallbackOutcomeName, error: unknown): OutcomeLine {
  const described = describeError(error);
  return {
    level: 'error',
    repetition: once(`observer ${name}`),
    describe: (repeats) =>
      new LogLine(withRepeats(`The observer threw in "${name}": ${described}`, repeats), { error: described }),
  };
}
