import {
  type AcceptedOutcome,
  type CallbackOutcome,
  type DuplicateOutcome,
  type GenuineCallbackOutcome,
  type RedeliveredOutcome,
  type StoredOutcome,
} from './callback-outcome.js';
import { describeViolations } from './log-text.js';
import { attemptText, genuine, line, perMinute, type RepeatableLine } from './repeatable-line.js';

/** A callback that was handled. */
export function acceptedLine(outcome: AcceptedOutcome): RepeatableLine {
  if (outcome.setAside.length === 0) {
    return line('debug', outcome, 'accepted', () => `${genuine(outcome)} was handled in ${took(outcome)}.`);
  }
  return line(
    'warn',
    outcome,
    'accepted',
    () =>
      `${genuine(outcome)} was accepted, but fields of an unexpected type are left out of the DTO (RawCallback has ` +
      `them): ${describeViolations(outcome.setAside)}`,
    perMinute('set-aside', outcome),
  );
}

/** A body that is not the one that was signed, and is accepted. */
export function toleratedLine(outcome: GenuineCallbackOutcome, explanation: string): RepeatableLine {
  return line(
    'warn',
    outcome,
    'accepted',
    () => `${genuine(outcome)} is accepted although ${explanation} (verifyPayload is off)`,
    perMinute('tolerated', outcome),
  );
}

/** A callback that the inbox has taken. */
export function storedLine(outcome: StoredOutcome): RepeatableLine {
  return line('debug', outcome, 'stored', () => `${genuine(outcome)} was stored in ${took(outcome)}.`);
}

/** A copy of a callback. */
export function duplicateLine(outcome: DuplicateOutcome): RepeatableLine {
  return line(
    'debug',
    outcome,
    'duplicate',
    () => `${genuine(outcome)} is a duplicate: it was handled or stored before.`,
    // A captured callback can be sent again and again.
    perMinute('duplicate', outcome),
  );
}

/** A stored callback at the beginning of an attempt. */
export function redeliveredLine(outcome: RedeliveredOutcome): RepeatableLine {
  return line(
    'debug',
    outcome,
    'redelivered',
    () => `${genuine(outcome)} is delivered from the inbox, ${attemptText(outcome)}.`,
  );
}

function took({ durations }: CallbackOutcome): string {
  return `${durations.total.toFixed(1)} ms`;
}
