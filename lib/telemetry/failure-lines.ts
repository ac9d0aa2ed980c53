import { cut } from '../verification/quoted-text.js';
import {
  type CallbackOutcomeName,
  type DeadOutcome,
  type FailedOutcome,
  type UnusableOutcome,
} from './callback-outcome.js';
import { LogLine } from './log-line.js';
import { describeError, describeViolations } from './log-text.js';
import {
  attemptText,
  genuine,
  HOUR_MS,
  line,
  once,
  perMinute,
  type RepeatableLine,
  withRepeats,
} from './repeatable-line.js';

/** A genuine callback whose body no method can use. */
export function unusableLine(outcome: UnusableOutcome): RepeatableLine {
  const { status, isKept, violations } = outcome;
  return line(
    'error',
    outcome,
    'unusable',
    () =>
      `${genuine(outcome)} is genuine but cannot be used (${status}), ` +
      `${isKept ? 'the inbox keeps it' : 'it may be lost'}: ${describeViolations(violations)}`,
    perMinute('unusable', outcome),
  );
}

/** An attempt that failed. */
export function failedLine(outcome: FailedOutcome): RepeatableLine {
  const isRetried = outcome.next === 'retry';
  const which = outcome.next === 'lost' ? '' : ` (${attemptText(outcome)})`;
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

/** A stored callback that failed for good. */
export function deadLine(outcome: DeadOutcome): RepeatableLine {
  return line(
    'error',
    outcome,
    'dead',
    () =>
      `${subject(outcome)} is kept as failed, ${attemptText(outcome)}: ${describeError(outcome.error)}. Fix the cause ` +
      `and retry the job (id ${cut(outcome.id)}).`,
    perMinute('dead', outcome),
  );
}

function subject(outcome: FailedOutcome | DeadOutcome): string {
  return outcome.kind === 'unknown' ? 'A job of the inbox' : genuine(outcome);
}

/** A stored callback that this application leaves for another one. */
export function leftInInboxLine(reason: string): RepeatableLine {
  return {
    level: 'warn',
    repetition: { ...once('left in inbox', reason), windowMs: HOUR_MS },
    describe: (repeats) =>
      new LogLine(
        withRepeats(`A stored callback is left in the inbox for another process: ${reason}.`, repeats, HOUR_MS),
        { outcome: 'left', reason },
      ),
  };
}

/** The observer threw: its errors must not fill the log either. */
export function observerThrewLine(name: CallbackOutcomeName, error: unknown): RepeatableLine {
  const described = describeError(error);
  return {
    level: 'error',
    repetition: once(`observer ${name}`),
    describe: (repeats) =>
      new LogLine(withRepeats(`The observer threw in "${name}": ${described}`, repeats), { error: described }),
  };
}
