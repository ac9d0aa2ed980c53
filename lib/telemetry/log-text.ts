import { HttpException } from '@nestjs/common';
import { types } from 'node:util';
import { type Violation } from '../callbacks/catalogue.js';
import { OwnFault } from '../verification/own-fault.js';
import { quoted } from '../verification/quoted-text.js';

const MAX_VIOLATIONS = 10;

/** How many levels of causes are shown, and how many errors of an AggregateError. */
const MOST_LEVELS = 3;
const MOST_ERRORS = 3;

/** Names of errors that are a reply of Redis: those of ioredis and of node-redis. */
const REPLY_ERRORS: ReadonlySet<string> = new Set(['ReplyError', 'ErrorReply', 'SimpleError', 'BlobError']);

/** Messages of clients that are safe to log: they are constant, and say more than the name of the error. */
const FIXED_MESSAGES: ReadonlySet<string> = new Set([
  // ioredis
  'Connection is closed.',
  'Command timed out',
  "Stream isn't writeable and enableOfflineQueue options is false",
  "Cluster isn't ready and enableOfflineQueue options is false",
  'None of startup nodes is available',
  // node-redis
  'The client is closed',
  'The client is offline',
  'Socket closed unexpectedly',
  'Connection timeout',
  'Disconnects client',
  'The command was aborted',
  'All the root nodes are unavailable',
  // pg
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
]);

/** Lists violations by field, without values. */
export function describeViolations(violations: readonly Violation[]): string {
  const shown = violations
    .slice(0, MAX_VIOLATIONS)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = violations.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/**
 * An error as a log line shows it: the message if it is an error of this module. Of any other error (of a handler or a
 * vault client) only name and code, because its message may contain a secret or a payload. Nest itself logs what a
 * handler throws.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof OwnFault)) return describeForeignError(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describeError(error.cause)}`;
}

/** The name of an error of other code, and a code that is safe to print. Never throws. */
function describeForeignError(error: unknown, levels = MOST_LEVELS): string {
  try {
    if (!isError(error)) return `a thrown ${typeof error}`;
    const name = nameOf(error);
    if (error instanceof HttpException) return `${shownName(name)} (${error.getStatus()})`;
    const detail = safeDetail(error, name);
    if (detail !== undefined) return `${shownName(name)} (${quoted(detail)})`;
    const inner = levels > 1 ? innerErrors(error).map((each) => describeForeignError(each, levels - 1)) : [];
    return inner.length === 0 ? shownName(name) : `${shownName(name)}: ${[...new Set(inner)].join(', ')}`;
  } catch {
    return 'an error that cannot be read';
  }
}

function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

/** Many error classes do not set their name. */
function nameOf(error: Error): string {
  if (error.name !== 'Error') return error.name;
  const prototype: unknown = Object.getPrototypeOf(error);
  const constructor: unknown = typeof prototype === 'object' && prototype !== null ? prototype.constructor : undefined;
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : error.name;
}

/** The name may contain untrusted input. */
function shownName(name: string): string {
  return /^[\w$]{1,64}$/.test(name) ? name : quoted(name);
}

function safeDetail(error: Error, name: string): string | undefined {
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return code;
  const message: unknown = error.message;
  if (typeof message !== 'string') return undefined;
  if (REPLY_ERRORS.has(name)) return replyCode(message);
  return FIXED_MESSAGES.has(message) ? message : undefined;
}

/**
 * The first word of an error reply is a code: `READONLY You can't write …`. In Redis 6 the code of a script's error
 * comes later in the reply.
 */
function replyCode(message: string): string | undefined {
  const code = /^[A-Z]{3,20}(?![^ ])/.exec(message)?.[0];
  return code === 'ERR' ? (/ -([A-Z]{3,20}) /.exec(message)?.[1] ?? code) : code;
}

function innerErrors(error: Error): unknown[] {
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.slice(0, MOST_ERRORS);
  return isError(error.cause) ? [error.cause] : [];
}
