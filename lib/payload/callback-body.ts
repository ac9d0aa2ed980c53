import { type ExecutionContext } from '@nestjs/common';
import { type BodyReading } from '../request/incoming-body.js';
import { nodeRequest, platformRequest } from '../request/platform-request.js';
import { OwnFault } from '../verification/own-fault.js';
import { isEncoded, isJson } from './content-type.js';
import { UnusableBody } from './unusable-body.js';

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

/**
 * The exact bytes of a callback's body.
 *
 * @param reading what became of reading it
 * @throws {UnusableBody} if there are no bytes that could have been signed
 * @throws {RawBodyUnavailableError} if something else has read them and kept no copy
 * @throws {TooManyBodiesError} if they were not read, because the process keeps too many
 */
export function callbackBody(context: ExecutionContext, reading: BodyReading): Buffer {
  if (reading.state === 'complete') return reading.bytes;
  if (reading.state === 'unread') throw new TooManyBodiesError();
  if (reading.state !== 'consumed') throw incomplete(reading);

  // Something else has read it, and may have kept the bytes.
  const { headers } = nodeRequest(context);
  if (isEncoded(headers)) throw compressed();
  if (!isJson(headers)) throw notJson();
  const { raw, rawBody, body } = platformRequest(context);
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
