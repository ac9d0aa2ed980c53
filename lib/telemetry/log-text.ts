import { HttpException } from '@nestjs/common';
import { types } from 'node:util';
import { type Violation } from '../callbacks/catalogue.js';
import { OwnFault } from '../verification/own-fault.js';

const MAX_TEXT = 64;
// JSON leaves these as they are: delete, the second set of control characters, line ends, changes of direction.
const UNSAFE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;
const MAX_VIOLATIONS = 10;

/** Text that a stranger may have chosen, made harmless for a log: quoted, without control characters, cut. */
export function quoted(text: string): string {
  const quotedText = JSON.stringify(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
  return quotedText.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Violations by field, without values. */
export function describeViolations(violations: readonly Violation[]): string {
  const shown = violations
    .slice(0, MAX_VIOLATIONS)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = violations.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/**
 * An error without its message, unless the message is one of this module's own: that of a stranger's error (a
 * handler's, a vault client's) may hold a secret or a payload. Nest itself logs what a handler throws.
 */
export function describeError(error: unknown): string {
  if (error instanceof OwnFault) {
    return error.cause === undefined ? error.message : `${error.message}: ${describeError(error.cause)}`;
  }
  if (error instanceof HttpException) return `${error.name} (${error.getStatus()})`;
  if (!types.isNativeError(error)) return `a thrown ${typeof error}`;
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? `${error.name} (${quoted(code)})` : error.name;
}
