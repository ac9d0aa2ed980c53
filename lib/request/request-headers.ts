import { type IncomingMessage } from 'node:http';
import { type CallbackHeaders } from '../verification/callback-headers.js';

/**
 * The headers that a callback is verified by. Node keeps only the first of several `Authorization` headers; another
 * server in front may have looked at the last. So all of them are handed over.
 */
export function callbackHeaders({ headers, rawHeaders }: IncomingMessage): CallbackHeaders {
  return { 'user-agent': headers['user-agent'], authorization: values(rawHeaders, 'authorization') };
}

function values(rawHeaders: readonly string[], name: string): readonly string[] {
  // Names and values alternate.
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}
