import { type IncomingMessage, type ServerResponse } from 'node:http';
import { IncomingBody } from '../request/incoming-body.js';
import { type RawBodyReader, showBody } from './raw-body.reader.js';

/** What Express makes of Node's request, as far as it is needed here. */
type ExpressRequest = IncomingMessage & { readonly body?: unknown };

/** The part of an Express application that is needed here. */
export interface ExpressApplication {
  use(
    middleware: (request: ExpressRequest, response: ServerResponse, next: (error?: unknown) => void) => void,
  ): unknown;
}

/** The name by which the middleware is found among others. */
export const READER_NAME = 'keepRawBodyOfVideoCallback';

/** Keeps the exact bytes of requests that may be callbacks, in a middleware in front of every other one. */
export function keepRawBodiesOnExpress(application: ExpressApplication, reader: RawBodyReader): void {
  const keepRawBody: Parameters<ExpressApplication['use']>[0] = (request, response, next) => {
    const passOn = (body: IncomingBody | undefined): void => {
      // Something else, such as a time limit of the application, may have answered meanwhile.
      if (body === undefined || response.writableEnded) return;
      if (body.reading.state !== 'consumed') {
        // All that body-parser looks at before it looks at the type.
        body.hideFrom(['content-length', 'transfer-encoding']);
        showBody(request, body);
      }
      next();
    };
    // A stored callback comes with its bytes.
    const stored = IncomingBody.of(request);
    if (stored !== undefined) passOn(stored);
    else if (reader.mayBeCallback(request)) reader.readAhead(request, response).then(passOn).catch(next);
    else next();
  };
  application.use(Object.defineProperty(keepRawBody, 'name', { value: READER_NAME }));
}
