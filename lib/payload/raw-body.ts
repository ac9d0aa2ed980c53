import {
  BadRequestException,
  PayloadTooLargeException,
  RequestTimeoutException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { type IncomingMessage } from 'node:http';
import { privateMember } from '../request/private-member.js';
import { type BodyReading } from './body-reader.js';
import { parseJson } from './json-payload.js';

const readings = privateMember<BodyReading>();

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

/** Where a platform's request has what its `body` is made of; found through a wrapper of the request, too. */
const READING = Symbol('nestjs-vonage-video-callbacks: body');

interface WithReading {
  readonly [READING]?: BodyReading;
}

// The same two functions for every request: with functions of its own each would be an object of a shape of its own,
// which takes the engine more memory and time than all the rest of a request.
const LAZY_BODY: PropertyDescriptor & ThisType<WithReading> = {
  configurable: true,
  enumerable: true,
  get() {
    const reading = this[READING];
    if (reading === undefined) return undefined;
    const value = parsedBody(reading);
    replaceBody(this, value);
    return value;
  },
  set(value: unknown) {
    replaceBody(this, value);
  },
};

/** Does nothing to a request that somebody has frozen: it is parsed anew each time. */
function replaceBody(request: object, value: unknown): void {
  Reflect.defineProperty(request, 'body', { value, writable: true, enumerable: true, configurable: true });
}

/**
 * Gives a request object a `body` that is parsed when somebody asks for it, and not before: a callback is parsed once,
 * after its signature was found good, and never by its `body`. Whoever sets `body` replaces it.
 */
export function defineLazyBody(request: { body?: unknown }, reading: BodyReading): void {
  // Of an object that has the property already the shape is kept only if it goes first.
  delete request.body;
  Object.defineProperty(request, READING, { value: reading, configurable: true });
  Object.defineProperty(request, 'body', LAZY_BODY);
}
