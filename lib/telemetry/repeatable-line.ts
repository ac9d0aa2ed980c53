import { cut, quoted } from '../verification/quoted-text.js';
import {
  type CallbackOutcomeName,
  type FailedOutcome,
  type GenuineCallbackOutcome,
  type PerhapsGenuine,
  type ReportedOutcome,
  type UnusableOutcome,
} from './callback-outcome.js';
import { type LogFields, LogLine } from './log-line.js';
import { describeError } from './log-text.js';
import { type Repetition } from './repeated-lines.js';

/** A log line, and how often lines that say the same are written. */
export interface RepeatableLine {
  readonly level: 'debug' | 'log' | 'warn' | 'error';
  /** Absent where each is written. */
  readonly repetition?: Repetition;
  /** The group of lines whose sums are written before this line, and which begin anew after it. */
  readonly ends?: string;
  /**
   * The line itself, made only if it is written.
   *
   * @param repeats how many others that were left out it stands for; 0 for itself
   * @param diagnosis what else was found out about a refusal
   */
  readonly describe: (repeats: number, diagnosis?: string) => LogLine;
}

const MINUTE_MS = 60_000;
/** An hour in ms. */
export const HOUR_MS = 60 * MINUTE_MS;

/** Lines a minute about single callbacks that may be lost; the others are summed up. */
const SINGLE_LINES = 60;

/** What an outcome may have that is worth a field of its own. */
type LoggedOutcome = ReportedOutcome &
  PerhapsGenuine & {
    readonly reason?: string;
    readonly status?: number;
    readonly isKept?: UnusableOutcome['isKept'];
    readonly next?: FailedOutcome['next'];
    readonly dependency?: string;
    readonly policy?: string;
    readonly error?: unknown;
    readonly id?: string;
  };

/** The line of an outcome: its text, and its facts as fields. */
export function line(
  level: RepeatableLine['level'],
  outcome: LoggedOutcome,
  name: CallbackOutcomeName,
  text: () => string,
  repetition?: Repetition,
): RepeatableLine {
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
    ageInSeconds: rounded(age),
    secretPosition,
    attempt: attempt?.attempt,
    attempts: attempt?.of,
    durationInMs: rounded(durations.total),
    verificationInMs: rounded(durations.verification),
    payloadInMs: rounded(durations.payload),
    storageInMs: rounded(durations.storage),
    handlingInMs: rounded(durations.handling),
    reason: more.reason,
    status: more.status,
    isKept: more.isKept,
    next: more.next,
    dependency: more.dependency,
    policy: more.policy,
    error: more.error === undefined ? undefined : describeError(more.error),
    id: more.id,
  };
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 1000) / 1000;
}

/** One line a minute of a group and key. */
export function once(group: string, key = ''): Repetition {
  return { group, key: `=${key}`, singly: 1, windowMs: MINUTE_MS };
}

/** Sixty lines a minute for each route. */
export function perMinute(group: string, { route }: ReportedOutcome): Repetition {
  return { group, key: route, singly: SINGLE_LINES, windowMs: MINUTE_MS };
}

/** The text of a line, with the number of lines that it stands for. */
export function withRepeats(text: string, repeats: number, windowMs = MINUTE_MS): string {
  return repeats === 0 ? text : `${repeats} more within ${windowMs / 1000} s, of which the latest: ${text}`;
}

/** A callback as the subject of a sentence. */
export function genuine(outcome: Pick<FailedOutcome, 'kind' | 'route' | 'projectId' | 'jti'>): string {
  const { kind, route, projectId, jti } = outcome;
  return `The ${kind} callback ${quoted(jti)} of project ${quoted(projectId)} to ${route}`;
}

/** Which attempt it is. */
export function attemptText({ attempt: { attempt, of } }: Pick<GenuineCallbackOutcome, 'attempt'>): string {
  return `attempt ${attempt} of ${of}`;
}
