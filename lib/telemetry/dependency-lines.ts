import { cut, quoted } from '../verification/quoted-text.js';
import {
  type GenuineCallbackOutcome,
  isOfStorage,
  type RecoveredOutcome,
  type UnavailableOutcome,
} from './callback-outcome.js';
import { LogLine } from './log-line.js';
import { describeError } from './log-text.js';
import { type Repetition } from './repeated-lines.js';
import { HOUR_MS, line, once, type RepeatableLine, withRepeats } from './repeatable-line.js';

/** The secrets, the ledger or the inbox are unavailable. */
export function unavailableLine(outcome: UnavailableOutcome): RepeatableLine {
  return line('error', outcome, 'unavailable', () => unavailableText(outcome), unavailableRepetition(outcome));
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
  const group = isOfStorage(outcome) ? outageGroup(outcome) : `unavailable ${outcome.dependency} ${outcome.route}`;
  return once(group, describeError(outcome.error));
}

function outageGroup({ dependency }: Pick<RecoveredOutcome, 'dependency'>): string {
  return `unavailable ${dependency}`;
}

/** How many recoveries a minute have a line of their own. */
const SINGLE_RECOVERIES = 10;

/** The ledger or the inbox has answered again. */
export function recoveredLine({ dependency, missed }: RecoveredOutcome): RepeatableLine {
  return {
    level: 'warn',
    repetition: { ...once(`recovered ${dependency}`), singly: SINGLE_RECOVERIES },
    // The next outage has a line of its own, even if it follows at once.
    ends: outageGroup({ dependency }),
    describe: (repeats) =>
      new LogLine(withRepeats(`The ${dependency} is available again; it missed ${missed} callbacks.`, repeats), {
        outcome: 'recovered',
        dependency,
        missed,
      }),
  };
}

/** A secret that is not the first of its list, still in use. */
export function secretInUseLine({
  kind,
  projectId,
  secretPosition,
}: Pick<GenuineCallbackOutcome, 'kind' | 'projectId' | 'secretPosition'>): RepeatableLine {
  return {
    level: 'log',
    repetition: {
      group: 'secret in use',
      key: `${kind} ${secretPosition} ${projectId}`,
      singly: 1,
      windowMs: HOUR_MS,
    },
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
export function staleSecretsLine(error: unknown): RepeatableLine {
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
