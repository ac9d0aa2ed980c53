import { type HttpAdapterHost } from '@nestjs/core';
import { READER_NAME } from './express-raw-body.js';

/** The part of an Express application that shows in which order its middleware runs. */
interface ExpressRouter {
  readonly router?: { readonly stack?: readonly { readonly name?: string; readonly slash?: boolean }[] };
}

/**
 * Whether a JSON body parser stands in front of the reader of raw bodies: on an Express instance that had it before it
 * was given to Nest. Every callback would then arrive without its bytes.
 */
export function isJsonParserInFront(adapter: HttpAdapterHost['httpAdapter']): boolean {
  if (adapter.getType() !== 'express') return false;
  const layers = adapter.getInstance<ExpressRouter>().router?.stack ?? [];
  const reader = layers.findIndex(({ name }) => name === READER_NAME);
  const inFront = layers.slice(0, Math.max(0, reader));
  // A parser that is mounted on a path of its own does not see our routes.
  return inFront.some(({ name, slash }) => name === 'jsonParser' && slash !== false);
}
