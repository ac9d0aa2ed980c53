import { type ExecutionContext } from '@nestjs/common';
import { nodeRequest, platformRequest } from '../request/platform-request.js';
import { OwnFault } from '../verification/own-fault.js';
import { type BodyReading } from './body-reader.js';
import { isEncoded, isJson } from './content-type.js';
import { bodyReading } from './raw-body.js';
import { UnusableBody } from './unusable-body.js';

/** Something in the application read the body before this module could. */
export class RawBodyUnavailableError extends OwnFault {
  override readonly name = 'RawBodyUnavailableError';

  constructor() {
    super(
      'the raw body cannot be had: something read it before this module could (a body parser or another middleware on ' +
        'the Express or Fastify instance that was handed to NestFactory.create). Register it on the Nest application ' +
        'instead, or let it keep the bytes as a Buffer in request.rawBody.',
    );
  }
}

/**
 * The exact bytes of a callback's body.
 *
 * @throws {UnusableBody} if there are no bytes that could have been signed
 * @throws {RawBodyUnavailableError} if something else has read them and kept no copy
 */
export function callbackBody(context: ExecutionContext): Buffer {
  const request = nodeRequest(context);
  const reading = bodyReading(request);
  if (reading?.state === 'complete') return reading.bytes;
  if (reading !== undefined && reading.state !== 'consumed') throw incomplete(reading);

  // No candidate: the platform's own parsers have seen this body, if any has.
  if (isEncoded(request.headers)) {
    throw compressed();
  }
  if (!isJson(request.headers)) throw notJson();
  const { rawBody, body } = platformRequest(context);
  if (Buffer.isBuffer(rawBody)) return rawBody;
  if (Buffer.isBuffer(body)) return body;
  throw new RawBodyUnavailableError();
}

function incomplete({ state }: Exclude<BodyReading, { state: 'complete' | 'consumed' }>): UnusableBody {
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
