import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type BodyLimits, readBody } from './body-reader.js';
import { isCallbackCandidate } from './callback-candidate.js';
import { isEncoded } from './content-type.js';
import { defineLazyBody, keepReading } from './raw-body.js';

/** The part of an Express application that is needed here. */
export interface ExpressApplication {
  use(middleware: (request: IncomingMessage, response: ServerResponse, next: () => void) => void): unknown;
}

/** The name by which the middleware is found among others. */
export const READER_NAME = 'keepRawBodyOfVideoCallback';

/**
 * Keeps the exact bytes of requests that may be callbacks, in a middleware in front of every other one. Body parsers
 * that come later see a request that was read to its end and leave it alone.
 */
export function keepRawBodiesOnExpress(application: ExpressApplication, limits: BodyLimits): void {
  const keepRawBody: Parameters<ExpressApplication['use']>[0] = (request, response, next) => {
    // Express inflates, for the routes that want it; a compressed callback is refused further on.
    if (!isCallbackCandidate(request) || isEncoded(request.headers)) {
      next();
      return;
    }
    void readBody(request, limits).then((reading) => {
      keepReading(request, reading);
      if (reading.state === 'consumed') {
        next();
        return;
      }
      if (reading.state === 'complete') {
        Object.assign(request, { rawBody: reading.bytes });
      } else {
        // The stream is not at its end: without a type no parser takes it for its own and waits for the rest.
        delete request.headers['content-type'];
        if (reading.state === 'timed-out') response.setHeader('connection', 'close');
      }
      defineLazyBody(request, reading);
      next();
    });
  };
  application.use(Object.defineProperty(keepRawBody, 'name', { value: READER_NAME }));
}
