import { type Violation } from '../callbacks/catalogue.js';
import { OwnFault } from '../verification/own-fault.js';
import { describeForeignError } from './foreign-error.js';

const MAX_VIOLATIONS = 10;

/** Violations by field, without values. */
export function describeViolations(violations: readonly Violation[]): string {
  const shown = violations
    .slice(0, MAX_VIOLATIONS)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = violations.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/**
 * An error as a log line shows it: the message of one of this module's own, and of any other (a handler's, a vault
 * client's) its name and code, since its message may hold a secret or a payload. Nest itself logs what a handler throws.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof OwnFault)) return describeForeignError(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describeError(error.cause)}`;
}
