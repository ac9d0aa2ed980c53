import { OwnFault } from '../verification/own-fault.js';
import { acceptedLine, duplicateLine, redeliveredLine, storedLine } from './accepted-lines.js';
import { type CallbackOutcomeName, type CallbackOutcomes } from './callback-outcome.js';
import { recoveredLine, unavailableLine } from './dependency-lines.js';
import { deadLine, failedLine, unusableLine } from './failure-lines.js';
import { describeError } from './log-text.js';
import { rejectedLine } from './refusal-lines.js';
import { type RepeatableLine } from './repeatable-line.js';

const LINES: { readonly [Name in CallbackOutcomeName]: (outcome: CallbackOutcomes[Name]) => RepeatableLine } = {
  accepted: acceptedLine,
  stored: storedLine,
  duplicate: duplicateLine,
  redelivered: redeliveredLine,
  rejected: rejectedLine,
  unusable: unusableLine,
  failed: failedLine,
  dead: deadLine,
  unavailable: unavailableLine,
  recovered: recoveredLine,
};

/** The log line of an outcome. */
export function outcomeLine<Name extends CallbackOutcomeName>(
  name: Name,
  outcome: CallbackOutcomes[Name],
): RepeatableLine {
  return LINES[name](lightened(outcome));
}

/** A line may be kept for an hour: without a body, and without an error that may refer to other objects. */
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
  /** `ERR_CALLBACKS_DESCRIBED` */
  override readonly code = 'ERR_CALLBACKS_DESCRIBED';
}

/** Whether an outcome has a line where those of debugging are not wanted. */
export function isAlwaysLogged(name: CallbackOutcomeName): boolean {
  return !['accepted', 'stored', 'duplicate', 'redelivered'].includes(name);
}
