import { HttpException } from '@nestjs/common';
import { types } from 'node:util';
import { type Violation } from '../callbacks/catalogue.js';
import { OwnFault } from '../verification/own-fault.js';
import { quoted } from '../verification/quoted-text.js';

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
 * An error without its message, unless the message is one of this module's own: that of a stranger's error (a
 * handler's, a vault client's) may hold a secret or a payload. Nest itself logs what a handler throws.
 */
export function describeError(error: unknown): string {
  if (error instanceof OwnFault) {
    return error.cause === undefined ? error.message : `${error.message}: ${describeError(error.cause)}`;
  }
  if (!types.isNativeError(error)) return `a thrown ${typeof error}`;
  // The name may contain untrusted input.
  const name = /^[\w$]{1,64}$/.test(error.name) ? error.name : quoted(error.name);
  if (error instanceof HttpException) return `${name} (${error.getStatus()})`;
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? `${name} (${quoted(code)})` : name;
}
