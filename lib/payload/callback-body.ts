import { type IncomingHttpHeaders } from 'node:http';
import { type Violation } from '../callbacks/catalogue.js';
import { type BodyReading } from '../request/body-reading.js';
import { type CallbackRequest } from '../request/callback-request.js';
import { describeViolations } from '../telemetry/log-text.js';
import { OwnFault } from '../verification/own-fault.js';

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

/** The process keeps as many bytes of verified callbacks as it may. */
export class TooManyBodiesError extends OwnFault {
  override readonly name = 'TooManyBodiesError';
  /** `ERR_CALLBACKS_TOO_MANY_BODIES` */
  override readonly code = 'ERR_CALLBACKS_TOO_MANY_BODIES';

  constructor() {
    super('the process keeps the bodies of too many callbacks at once: check for slow methods or large bodies.');
  }
}

/** Thrown within this folder: the body of a genuine callback cannot be used. */
export class UnusableBody extends OwnFault {
  override readonly name = 'UnusableBody';
  override readonly code = 'ERR_CALLBACKS_UNUSABLE_BODY';

  constructor(
    /** The HTTP status that says so. */
    readonly status: 400 | 408 | 413 | 415,
    readonly violations: readonly Violation[],
    /** The exact bytes, where they are complete. */
    readonly rawBody?: Buffer,
  ) {
    super(describeViolations(violations));
  }
}

/**
 * The exact bytes of a callback's body.
 *
 * @param reading what became of reading it
 * @throws {UnusableBody} if there are no bytes that could have been signed
 * @throws {RawBodyUnavailableError} if something else has read them and kept no copy
 * @throws {TooManyBodiesError} if they were not read, because the process keeps too many
 */
export function signedBytes({ message, platform }: CallbackRequest, reading: BodyReading): Buffer {
  if (reading.state === 'complete') return reading.bytes;
  if (reading.state === 'unread') throw new TooManyBodiesError();
  if (reading.state !== 'consumed') throw incomplete(reading);

  // Something else has read it, and may have kept the bytes.
  if (isEncoded(message.headers)) throw compressed();
  if (!isJson(message.headers)) throw notJson();
  const { raw, rawBody, body } = platform;
  // On Fastify a middleware of the application knows Node's request only.
  const kept = [rawBody, body, raw && Reflect.get(raw, 'rawBody')].find((bytes) => Buffer.isBuffer(bytes));
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

/** Whether the body is declared as JSON; parameters such as `charset` are tolerated. */
export function isJson({ 'content-type': contentType }: IncomingHttpHeaders): boolean {
  return contentType !== undefined && /^\s*application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType);
}

/** Whether the body is declared as compressed (or otherwise encoded). */
export function isEncoded({ 'content-encoding': encoding }: IncomingHttpHeaders): boolean {
  return encoding !== undefined && encoding.trim() !== '' && encoding.trim().toLowerCase() !== 'identity';
}
