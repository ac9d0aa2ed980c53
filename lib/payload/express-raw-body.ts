import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type HttpAdapterHost } from '@nestjs/core';
import { type CallbackRequest } from '../request/callback-request.js';
import { type RawBodyReader } from './raw-body.reader.js';
import { showBody } from './callback-body.js';

/** The part of Express' request that is needed here. */
type ExpressRequest = IncomingMessage & { readonly body?: unknown };

/** The part of an Express application that is needed here. */
export interface ExpressApplication {
  use(
    middleware: (request: ExpressRequest, response: ServerResponse, next: (error?: unknown) => void) => void,
  ): unknown;
}

/** The name that identifies the middleware among others. */
const READER_NAME = 'keepRawBodyOfVideoCallback';

/** The part of an Express application that shows the order of its middleware. */
interface ExpressRouter {
  readonly router?: { readonly stack?: readonly { readonly name?: string; readonly slash?: boolean }[] };
}

/** Keeps the exact bytes of requests that may be callbacks, in a middleware before all others. */
export function keepRawBodiesOnExpress(application: ExpressApplication, reader: RawBodyReader): void {
  const keepRawBody: Parameters<ExpressApplication['use']>[0] = (message, response, next) => {
    const passOn = (request: CallbackRequest | undefined): void => {
      if (request !== undefined && request.reading?.state !== 'consumed') {
        // The headers that body-parser checks before the content type.
        request.hideBody(['content-length', 'transfer-encoding']);
        showBody(message, request);
      }
      next();
    };
    reader.receive(message, response, passOn, next);
  };
  application.use(Object.defineProperty(keepRawBody, 'name', { value: READER_NAME }));
}

/**
 * Whether a JSON body parser runs before the reader of raw bodies, because the Express instance already had it when it
 * was passed to Nest. Every callback would then arrive without its bytes.
 */
export function isJsonParserInFront(adapter: HttpAdapterHost['httpAdapter']): boolean {
  if (adapter.getType() !== 'express') return false;
  const layers = adapter.getInstance<ExpressRouter>().router?.stack ?? [];
  const reader = layers.findIndex(({ name }) => name === READER_NAME);
  const inFront = layers.slice(0, Math.max(0, reader));
  // A parser that is mounted on another path does not see our routes.
  return inFront.some(({ name, slash }) => name === 'jsonParser' && slash !== false);
}
