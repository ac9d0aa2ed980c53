import { type Violation } from '../callbacks/catalogue.js';
import {
  type CallbackOutcome,
  type CallbackOutcomeName,
  type CallbackOutcomes,
  type FailedOutcome,
  type GenuineCallback,
  type GenuineCallbackOutcome,
  type RejectedOutcome,
  type StorageOutcome,
  type UnavailableOutcome,
} from './callback-outcome.js';
import { type LogFields, LogLine } from './log-line.js';
import { describeError, describeViolations } from './log-text.js';
import { cut, quoted } from '../verification/quoted-text.js';
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

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How many lines a minute tell of single callbacks that may be lost, before they are summed up. */
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
      () => `${genuine(outcome)} was handled before: a duplicate`,
      // Whoever has captured a callback can send it again and again.
      perMinute('duplicate', outcome),
    ),
  redelivered: (outcome) =>
    line(
      'debug',
      outcome,
      'redelivered',
      () => `${genuine(outcome)} is delivered out of the inbox, ${attempt(outcome)}.`,
    ),
  rejected: (outcome) => line('warn', outcome, 'rejected', () => rejectedText(outcome), once(rejectedKey(outcome))),
  unusable: (outcome) =>
    line(
      'error',
      outcome,
      'unusable',
      () =>
        `${genuine(outcome)} is genuine but cannot be used (${outcome.status}), it may be lost: ` +
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
        `${genuine(outcome)} is kept as failed, ${attempt(outcome)}: ${describeError(outcome.error)}. Nothing more ` +
        `happens by itself: mend the cause and redrive it (id ${outcome.id}).`,
      perMinute('dead', outcome),
    ),
  unavailable: (outcome) =>
    line('error', outcome, 'unavailable', () => unavailableText(outcome), once(unavailableKey(outcome))),
  recovered: ({ dependency, missed }) => ({
    level: 'warn',
    repetition: once(`recovered ${dependency}`),
    describe: (repeats) =>
      new LogLine(withRepeats(`The ${dependency} is back; it missed ${missed} callbacks.`, repeats), {
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
  return LINES[name](outcome);
}

/** Whether an outcome has a line where those of debugging are not wanted. */
export function isAlwaysLogged(name: CallbackOutcomeName): boolean {
  return !['accepted', 'stored', 'duplicate', 'redelivered'].includes(name);
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
    repetition: { key: `secret ${kind} ${secretPosition} ${projectId}`, singly: 1, window: HOUR },
    describe: (repeats) =>
      new LogLine(
        withRepeats(
          `Vonage signs ${kind} callbacks of project ${quoted(projectId)} with secret [${secretPosition}] of the list: ` +
            'it is in use, do not remove it yet.',
          repeats,
          HOUR,
        ),
        { outcome: 'secret-in-use', kind, projectId: cut(projectId), secretPosition },
      ),
  };
}

/** What an outcome may have that is worth a field of its own. */
type LoggedOutcome = CallbackOutcome & {
  readonly [Name in keyof GenuineCallback]?: GenuineCallback[Name] | undefined;
} & { readonly reason?: string; readonly status?: number };

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
      return new LogLine(withRepeats(text() + found, repeats), { ...fields(outcome), outcome: name, diagnosis });
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
    reason: more.reason,
    status: more.status,
  };
}

function once(key: string): Repetition {
  return { key, singly: 1, window: MINUTE };
}

function perMinute(what: string, { route }: CallbackOutcome): Repetition {
  return { key: `${what} ${route}`, singly: SINGLE_LINES, window: MINUTE };
}

function withRepeats(text: string, repeats: number, window = MINUTE): string {
  return repeats === 0 ? text : `${repeats} more within ${window / 1000} s, of which the latest: ${text}`;
}

function genuine({ kind, route, projectId, jti }: GenuineCallbackOutcome): string {
  return `The ${kind} callback ${quoted(jti)} of project ${quoted(projectId)} to ${route}`;
}

function took({ durations }: CallbackOutcome): string {
  return `${durations.total.toFixed(1)} ms`;
}

function attempt({ attempt: { attempt: number, of } }: GenuineCallbackOutcome): string {
  return `attempt ${number} of ${of}`;
}

function setAsideText(outcome: GenuineCallbackOutcome, setAside: readonly Violation[]): string {
  return (
    `${genuine(outcome)} accepted, but fields of an unexpected type are left out of the DTO (RawCallback has them): ` +
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

/** A stranger can name any project, but only one that is configured gets as far as its signature. */
function rejectedKey({ reason, route, projectId, secretPosition }: RejectedOutcome): string {
  const isConfigured = reason === 'signature_mismatch' || secretPosition !== undefined;
  return `rejected ${reason} ${route} ${isConfigured ? String(projectId) : ''}`;
}

function failedLine(outcome: FailedOutcome): OutcomeLine {
  const { of, attempt: number } = outcome.attempt;
  const willBeTriedAgain = number < of;
  const what = willBeTriedAgain ? 'failed and will be tried again' : 'failed, it may be lost';
  const which = of === 1 ? '' : ` (${attempt(outcome)})`;
  return line(
    willBeTriedAgain ? 'warn' : 'error',
    outcome,
    'failed',
    () => `${genuine(outcome)} ${what}${which}: ${describeError(outcome.error)}`,
    perMinute(willBeTriedAgain ? 'retried' : 'failed', outcome),
  );
}

function unavailableText(outcome: UnavailableOutcome): string {
  const error = describeError(outcome.error);
  if (isOfStorage(outcome)) {
    const meanwhile =
      outcome.policy === 'handle'
        ? 'callbacks are handled at once, and copies of them may be handled again'
        : 'callbacks are answered 503 and may be lost';
    return `The ${outcome.dependency} is away (${error}): ${meanwhile}.`;
  }
  return `Cannot verify a request to ${outcome.route} (${outcome.kind}), a callback may be lost: ${error}`;
}

function unavailableKey(outcome: UnavailableOutcome): string {
  if (isOfStorage(outcome)) return `unavailable ${outcome.dependency}`;
  return `unavailable ${outcome.route} ${describeError(outcome.error)}`;
}

function isOfStorage(outcome: UnavailableOutcome): outcome is StorageOutcome {
  return outcome.dependency === 'ledger' || outcome.dependency === 'inbox';
}
