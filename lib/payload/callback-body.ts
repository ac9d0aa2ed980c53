import { type IncomingHttpHeaders } from 'node:http';
import { type Violation } from '../callbacks/catalogue.js';
import { type BodyReading } from '../request/body-reading.js';
import { type CallbackRequest } from '../request/callback-request.js';
import { describeViolations } from '../telemetry/log-text.js';
import { OwnFault } from '../verification/own-fault.js';
import { parseJsonText } from '../verification/json-text.js';

/** Something in the application read the body before this module could. */
export class RawBodyUnavailableError extends OwnFault {
  override readonly name = 'RawBodyUnavailableError';
  /** `ERR_CALLBACKS_RAW_BODY_UNAVAILABLE` */
  override readonly code = 'ERR_CALLBACKS_RAW_BODY_UNAVAILABLE';

  constructor() {
    super(
      'the raw body is not available: something read it before this module could (a body parser or another middleware ' +
        'on the Express or Fastify instance that was handed to NestFactory.create; on Fastify also a middleware of the ' +
        'application that collects the body). Register it on the Nest application, on Fastify as a preParsing hook, or ' +
        'let it keep the bytes as a Buffer in request.rawBody. Where a middleware rewrites URLs, this happens ' +
        'once: all further bodies are read first.',
    );
  }
}

/** The process already keeps as many bytes of verified callbacks as its budget allows. */
export class TooManyBodiesError extends OwnFault {
  override readonly name = 'TooManyBodiesError';
  /** `ERR_CALLBACKS_TOO_MANY_BODIES` */
  override readonly code = 'ERR_CALLBACKS_TOO_MANY_BODIES';

  constructor() {
    super('the process keeps the bodies of too many callbacks at once: check for slow methods or large bodies.');
  }
}

/** Thrown inside this folder: the body of a genuine callback cannot be used. */
export class UnusableBody extends OwnFault {
  override readonly name = 'UnusableBody';
  override readonly code = 'ERR_CALLBACKS_UNUSABLE_BODY';

  constructor(
    /** The HTTP status of the answer. */
    readonly status: 400 | 408 | 413 | 415,
    readonly violations: readonly Violation[],
    /** The exact bytes, if they are complete. */
    readonly rawBody?: Buffer,
  ) {
    super(describeViolations(violations));
  }
}

/**
 * The exact bytes of a callback's body.
 *
 * @param reading the result of reading it
 * @throws {UnusableBody} if the bytes are incomplete, compressed or not declared as JSON
 * @throws {RawBodyUnavailableError} if something else read them and kept no copy
 * @throws {TooManyBodiesError} if they were not read, because the process keeps too many
 */
export function signedBytes({ message, platform }: CallbackRequest, reading: BodyReading): Buffer {
  if (reading.state === 'complete') return reading.bytes;
  if (reading.state === 'unread') throw new TooManyBodiesError();
  if (reading.state !== 'consumed') throw incomplete(reading);

  // Something else read it, and may have kept the bytes.
  if (isEncoded(message.headers)) throw compressed();
  if (!isJson(message.headers)) throw notJson();
  const { rawBody, body } = platform;
  // On Fastify, middleware of the application only sees Node's request.
  const kept = [rawBody, body, Reflect.get(message, 'rawBody')].find((bytes) => Buffer.isBuffer(bytes));
  if (kept !== undefined) return kept;
  throw new RawBodyUnavailableError();
}

function incomplete({ state }: Exclude<BodyReading, { state: 'complete' | 'consumed' | 'unread' }>): UnusableBody {
  switch (state) {
    case 'encoded':
      return compressed();
    case 'not-json':
      return notJson();
    case 'too-large':
      return unusable(413, 'the body is larger than bodyLimit');
    case 'timed-out':
      return unusable(408, 'the body was not complete within bodyTimeout');
    case 'aborted':
      return unusable(400, 'the connection ended before the body was complete');
  }
}

function compressed(): UnusableBody {
  return unusable(415, 'the body is compressed (Content-Encoding): which bytes were signed is not known');
}

function notJson(): UnusableBody {
  return unusable(415, 'the Content-Type is not application/json');
}

function unusable(status: UnusableBody['status'], message: string): UnusableBody {
  return new UnusableBody(status, [{ path: '', message }]);
}

/** Whether the body is declared as JSON. Parameters such as `charset` are ignored. */
export function isJson({ 'content-type': contentType }: IncomingHttpHeaders): boolean {
  return contentType !== undefined && /^\s*application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType);
}

/** Whether the body is declared as compressed (or otherwise encoded). */
export function isEncoded({ 'content-encoding': encoding }: IncomingHttpHeaders): boolean {
  return encoding !== undefined && encoding.trim() !== '' && encoding.trim().toLowerCase() !== 'identity';
}

/**
 * Most objects and lists in JSON that is parsed before its sender is verified. Deeper JSON could overflow the stack
 * when printed.
 */
const MAX_BRACKETS = 1000;

// JSON is UTF-8 (RFC 8259, section 8.1). A byte order mark is ignored, as that section permits.
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses the JSON of a body, without members named `__proto__`.
 *
 * @throws {SyntaxError | TypeError} if the bytes are not UTF-8 or not JSON
 */
export function parseJson(bytes: Uint8Array): unknown {
  return parseJsonText(utf8.decode(bytes));
}

/**
 * Gives the application what a body parser would have given it: the JSON in `request.body`, and the bytes in
 * `request.rawBody`. Both are plain values.
 *
 * @param platform the platform's request
 */
export function showBody(platform: { readonly body?: unknown }, { reading, isShown }: CallbackRequest): void {
  if (reading?.state !== 'complete') return;
  showRawBody(platform, reading.bytes);
  // Not if something else has set one.
  if (platform.body !== undefined || !isShown) return;
  const json = shownJson(reading.bytes);
  if (json !== undefined) Reflect.set(platform, 'body', json);
}

/**
 * Sets `request.rawBody` as a property that is not enumerable, so that code which lists or copies a request does not
 * include it.
 */
export function showRawBody(platform: object, bytes: Buffer): void {
  Reflect.defineProperty(platform, 'rawBody', { value: bytes, writable: true, configurable: true });
}

/**
 * The value of `request.body` before the sender is verified: an object or a list, as body parsers return. `undefined`
 * for anything else, and for JSON that needs much more memory or a deeper stack than its size suggests.
 */
function shownJson(bytes: Buffer): unknown {
  if (bytes.length > MAX_BRACKETS && bracketsIn(bytes) > MAX_BRACKETS) return undefined;
  try {
    const json = parseJson(bytes);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

function bracketsIn(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x5b || byte === 0x7b) count += 1;
  return count;
}
