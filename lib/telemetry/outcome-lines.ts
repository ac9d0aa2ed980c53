import { OwnFault } from '../verification/own-fault.js';
import { cut, quoted } from '../verification/quoted-text.js';
import {
  type CallbackOutcomeName,
  type CallbackOutcomes,
  type FailedOutcome,
  type GenuineCallback,
  type GenuineCallbackOutcome,
  isOfStorage,
  type PerhapsGenuine,
  type RecoveredOutcome,
  type RejectedOutcome,
  type ReportedOutcome,
  type UnavailableOutcome,
} from './callback-outcome.js';
import { type LogFields, type RepeatableLine } from './log-line.js';
import { describeError, describeViolations } from './log-text.js';
import { once, perMinute, type Repetition } from './repeated-lines.js';

/** Lines per minute and route about single callbacks that may be lost. Further ones are summed up. */
const SINGLE_LINES = 60;
/** How many recoveries per minute have their own line. */
const SINGLE_RECOVERIES = 10;

/** The outcomes that are logged only at the level `debug`. */
const DEBUG_OUTCOMES: readonly CallbackOutcomeName[] = ['accepted', 'stored', 'duplicate', 'redelivered'];

/** Whether an outcome has a log line also without the level `debug`. */
export function isAlwaysLogged(name: CallbackOutcomeName): boolean {
  return !DEBUG_OUTCOMES.includes(name);
}

/**
 * The log line of an outcome.
 *
 * @param diagnosis additional findings about a refusal
 */
export function outcomeLine<Name extends CallbackOutcomeName>(
  name: Name,
  outcome: CallbackOutcomes[Name],
  diagnosis?: string,
): RepeatableLine {
  const kept = withoutReferences(outcome);
  const line = LINES[name](kept);
  const fields = (): LogFields => ({ ...fieldsOf(kept), outcome: name, diagnosis });
  return { ...(diagnosis === undefined ? line : withDiagnosis(line, diagnosis)), fields };
}

/** The line for a body that is not the signed one but is accepted (`verifyPayload: false`). */
export function toleratedLine(outcome: GenuineCallbackOutcome, explanation: string): RepeatableLine {
  return {
    level: 'warn',
    text: () => `${subject(outcome)} is accepted although ${explanation} (verifyPayload is off)`,
    fields: () => ({ ...fieldsOf(outcome), outcome: 'accepted' }),
    repetition: singly('tolerated', outcome),
  };
}

type Line = Omit<RepeatableLine, 'fields'>;

const LINES: { readonly [Name in CallbackOutcomeName]: (outcome: CallbackOutcomes[Name]) => Line } = {
  accepted: (outcome) => {
    const { setAside } = outcome;
    if (setAside.length === 0)
      return {
        level: 'debug',
        text: () => `${subject(outcome)} was handled in ${outcome.durations.total.toFixed(1)} ms.`,
      };
    const what = 'was accepted, but fields of an unexpected type are left out of the DTO (RawCallback has them)';
    const text = (): string => `${subject(outcome)} ${what}: ${describeViolations(setAside)}`;
    return { level: 'warn', text, repetition: singly('set-aside', outcome) };
  },
  stored: (outcome) => ({
    level: 'debug',
    text: () => `${subject(outcome)} was stored in ${outcome.durations.total.toFixed(1)} ms.`,
  }),
  duplicate: (outcome) => ({
    level: 'debug',
    text: () => `${subject(outcome)} is a duplicate: it was handled or stored before.`,
    // A captured callback can be sent again and again.
    repetition: singly('duplicate', outcome),
  }),
  redelivered: (outcome) => ({
    level: 'debug',
    text: () => `${subject(outcome)} is delivered from the inbox, ${attemptText(outcome)}.`,
  }),
  rejected: (outcome) => ({ level: 'warn', text: () => rejectedText(outcome), repetition: ofRejected(outcome) }),
  unusable: (outcome) => ({
    level: 'error',
    text: () => {
      const { status, isKept, violations } = outcome;
      const what = isKept ? 'the inbox keeps it' : 'it may be lost';
      return `${subject(outcome)} is genuine but cannot be used (${status}), ${what}: ${describeViolations(violations)}`;
    },
    repetition: singly('unusable', outcome),
  }),
  failed: (outcome) => {
    const isRetried = outcome.next === 'retry';
    return {
      level: isRetried ? 'warn' : 'error',
      text: () => `${subject(outcome)} ${afterFailure(outcome)}: ${describeError(outcome.error)}`,
      repetition: singly(isRetried ? 'retried' : 'failed', outcome),
    };
  },
  dead: (outcome) => ({
    level: 'error',
    text: () =>
      `${subject(outcome)} is kept as failed, ${attemptText(outcome)}: ${describeError(outcome.error)}. Fix the cause ` +
      `and redrive it (id ${cut(outcome.id)}).`,
    repetition: singly('dead', outcome),
  }),
  unavailable: (outcome) => ({
    level: 'error',
    text: () => unavailableText(outcome),
    repetition: once(
      isOfStorage(outcome) ? outageOf(outcome) : `${outageOf(outcome)} ${outcome.route}`,
      describeError(outcome.error),
    ),
  }),
  recovered: (outcome) => ({
    level: 'warn',
    text: () => `The ${outcome.dependency} is available again; it missed ${outcome.missed} callbacks.`,
    repetition: perMinute(SINGLE_RECOVERIES, `recovered ${outcome.dependency}`),
    // The next outage gets its own line, even if it follows at once.
    ends: outageOf(outcome),
  }),
};

/** A callback as the subject of a sentence. */
function subject({ kind, route, projectId, jti }: ReportedOutcome & GenuineCallback): string {
  if (kind === 'unknown') return 'A job of the inbox';
  return `The ${kind} callback ${quoted(jti)} of project ${quoted(projectId)} to ${route}`;
}

/** Sixty lines a minute for each route. */
function singly(group: string, { route }: ReportedOutcome): Repetition {
  return perMinute(SINGLE_LINES, group, route);
}

function attemptText({ attempt: { attempt, of } }: Pick<GenuineCallbackOutcome, 'attempt'>): string {
  return `attempt ${attempt} of ${of}`;
}

function afterFailure(outcome: FailedOutcome): string {
  const { next, attempt } = outcome;
  if (next === 'lost') return 'failed, it may be lost';
  const given = attempt.attempt < attempt.of ? 'failed, is not tried again' : 'failed at the last attempt';
  return `${next === 'retry' ? 'failed and will be tried again' : `${given} and is kept`} (${attemptText(outcome)})`;
}

function rejectedText(outcome: RejectedOutcome): string {
  const { route, kind, address, projectId, secretName, reason, explanation } = outcome;
  const project = projectId === undefined ? '' : `, project ${quoted(projectId)}`;
  const secret = secretName === undefined ? '' : `, secret ${quoted(secretName)}`;
  const from = address ?? 'an unknown address';
  return `Rejected a request to ${route}${inBrackets(kind)} from ${from}${project}${secret}: ${reason}: ${explanation}`;
}

function inBrackets(kind: RejectedOutcome['kind']): string {
  return kind === 'unknown' ? '' : ` (${kind})`;
}

/** A quoted User-Agent. It may be a new one of Vonage, and lines about scanners must not hide it. */
const NEW_USER_AGENT = /"[^"]*vonage[^"]*"/i;

function ofRejected({ reason, route, projectId, secretPosition, explanation }: RejectedOutcome): Repetition {
  const group = `rejected ${reason} ${route}`;
  if (reason === 'user_agent_mismatch') return once(group, NEW_USER_AGENT.test(explanation) ? 'of Vonage?' : '');
  // A token can name any project, but the signature is checked only for configured projects.
  const isConfigured = reason === 'signature_mismatch' || secretPosition !== undefined;
  return once(group, isConfigured ? projectId : undefined);
}

/** Summed up separately from refusals with another diagnosis. */
function withDiagnosis({ text, repetition, ...line }: Line, diagnosis: string): Line {
  const diagnosed = { ...line, text: () => `${text()}. ${diagnosis}` };
  if (repetition === undefined) return diagnosed;
  // A closed set: a diagnosis contains nothing of the request except byte counts.
  const group = `${repetition.group}: ${diagnosis.replace(/\d+/g, '')}`;
  return { ...diagnosed, repetition: { ...repetition, group } };
}

function unavailableText(outcome: UnavailableOutcome): string {
  const error = describeError(outcome.error);
  if (!isOfStorage(outcome)) {
    return `Cannot verify a request to ${outcome.route}${inBrackets(outcome.kind)}, it may be lost: ${error}`;
  }
  const meanwhile =
    outcome.policy === 'handle'
      ? 'callbacks are handled at once, and copies of them may be handled again'
      : 'callbacks are answered 503 and may be lost';
  return `The ${outcome.dependency} is unavailable (${error}): ${meanwhile}.`;
}

function outageOf({ dependency }: Pick<UnavailableOutcome | RecoveredOutcome, 'dependency'>): string {
  return `unavailable ${dependency}`;
}

/** The members of outcomes that become log fields. Each outcome has some of them. */
type LoggedFacts = Partial<ReportedOutcome> &
  PerhapsGenuine &
  Partial<Record<PlainFact, LogFields[string]> & { readonly error: unknown }>;
type PlainFact = 'reason' | 'status' | 'isKept' | 'next' | 'dependency' | 'policy' | 'missed';

function fieldsOf(outcome: LoggedFacts): LogFields {
  const { kind, route, address, projectId, jti, secretPosition, secretName, ...facts } = outcome;
  const { age, attempt, durations, error, reason, status, isKept, next, dependency, policy, missed, id } = facts;
  return {
    ...{ kind, route, address, secretPosition, reason, status, isKept, next, dependency, policy, missed, id },
    projectId: projectId === undefined ? undefined : cut(projectId),
    jti: jti === undefined ? undefined : cut(jti),
    secretName: secretName === undefined ? undefined : cut(secretName),
    ageInSeconds: rounded(age),
    attempt: attempt?.attempt,
    attempts: attempt?.of,
    durationInMs: rounded(durations?.total),
    verificationInMs: rounded(durations?.verification),
    payloadInMs: rounded(durations?.payload),
    storageInMs: rounded(durations?.storage),
    handlingInMs: rounded(durations?.handling),
    error: error === undefined ? undefined : describeError(error),
  };
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 1000) / 1000;
}

/** A line may be kept until its window ends, so it keeps no body, and no error that refers to other objects. */
function withoutReferences<Outcome extends object>(outcome: Outcome): Outcome {
  if (!('rawBody' in outcome || 'error' in outcome)) return outcome;
  return {
    ...outcome,
    ...('rawBody' in outcome ? { rawBody: undefined } : {}),
    ...('error' in outcome ? { error: new DescribedError(describeError(outcome.error)) } : {}),
  };
}

/** Replaces an error by its text in the log. */
class DescribedError extends OwnFault {
  override readonly name = 'DescribedError';
  override readonly code = 'ERR_CALLBACKS_DESCRIBED';
}
