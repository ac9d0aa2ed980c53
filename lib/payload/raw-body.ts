import {
  BadRequestException,
  PayloadTooLargeException,
  RequestTimeoutException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { type IncomingMessage } from 'node:http';
import { type BodyReading } from './body-reader.js';
import { parseJson } from './json-payload.js';

const readings = new WeakMap<IncomingMessage, BodyReading>();

/** What became of the body of a request that may be a callback; `undefined` for every other request. */
export function bodyReading(request: IncomingMessage): BodyReading | undefined {
  return readings.get(request);
}

/** Keeps what became of a body. */
export function keepReading(request: IncomingMessage, reading: BodyReading): void {
  readings.set(request, reading);
}

/**
 * The body as the platform's own parser would have made it, for a route that is not ours: other products of Vonage
 * sign their requests in the same way and may share the application.
 *
 * @throws {HttpException} 400, 408, 413 or 415, as the platform would have answered
 */
function parsedBody(reading: BodyReading): unknown {
  switch (reading.state) {
    case 'complete':
      try {
        return reading.bytes.length === 0 ? {} : parseJson(reading.bytes);
      } catch {
        throw new BadRequestException();
      }
    case 'encoded':
    case 'not-json':
      throw new UnsupportedMediaTypeException();
    case 'too-large':
      throw new PayloadTooLargeException();
    case 'timed-out':
      throw new RequestTimeoutException();
    case 'aborted':
    case 'consumed':
      throw new BadRequestException();
  }
}

/**
 * Gives a request object a `body` that is parsed when somebody asks for it, and not before: a callback is parsed once,
 * after its signature was found good, and never by its `body`. Whoever sets `body` replaces it.
 */
export function defineLazyBody(request: object, reading: BodyReading): void {
  const define = (value: unknown): void => {
    Object.defineProperty(request, 'body', { value, writable: true, enumerable: true, configurable: true });
  };
  Object.defineProperty(request, 'body', {
    configurable: true,
    enumerable: true,
    get: () => {
      const value = parsedBody(reading);
      define(value);
      return value;
    },
    set: define,
  });
}
