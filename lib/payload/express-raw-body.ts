import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type BodyLimits, type BodyReading, readBody } from './body-reader.js';
import { isCallbackCandidate } from './callback-candidate.js';
import { isEncoded } from './content-type.js';
import { bodyReading, defineLazyBody, keepReading } from './raw-body.js';

/** What Express makes of Node's request, as far as it is needed here. */
type ExpressRequest = IncomingMessage & { body?: unknown };

/** The part of an Express application that is needed here. */
export interface ExpressApplication {
  use(
    middleware: (request: ExpressRequest, response: ServerResponse, next: (error?: unknown) => void) => void,
  ): unknown;
}

/** The name by which the middleware is found among others. */
export const READER_NAME = 'keepRawBodyOfVideoCallback';

/**
 * Keeps the exact bytes of requests that may be callbacks, in a middleware in front of every other one. Body parsers
 * that come later see a request that was read to its end and leave it alone.
 */
export function keepRawBodiesOnExpress(application: ExpressApplication, limits: BodyLimits): void {
  const keepRawBody: Parameters<ExpressApplication['use']>[0] = (request, response, next) => {
    // A stored callback that is delivered again comes with its bytes.
    const kept = bodyReading(request);
    if (kept !== undefined) {
      attach(kept, request, response);
      next();
      return;
    }
    if (!isCallbackCandidate(request)) {
      next();
      return;
    }
    readBody(request, limits)
      .then((result) => {
        // Express would inflate and parse it for a stranger, and refuse what it cannot inflate without anybody being told.
        const isUnread = result.state === 'complete' && isEncoded(request.headers);
        const reading: BodyReading = isUnread ? { state: 'encoded' } : result;
        keepReading(request, reading);
        // Something else, such as a time limit of the application, may have answered meanwhile.
        if (response.writableEnded) return;
        attach(reading, request, response);
        next();
      })
      .catch(next);
  };
  application.use(Object.defineProperty(keepRawBody, 'name', { value: READER_NAME }));
}

/** Lets the rest of the application see what was read. */
function attach(reading: BodyReading, request: ExpressRequest, response: ServerResponse): void {
  if (reading.state === 'consumed') return;
  if (reading.state === 'complete') {
    Object.assign(request, { rawBody: reading.bytes });
  } else {
    // The stream is not at its end: without a type no parser takes it for its own and waits for the rest.
    delete request.headers['content-type'];
    if (reading.state === 'timed-out' && !response.headersSent) response.setHeader('connection', 'close');
  }
  defineLazyBody(request, reading);
}
