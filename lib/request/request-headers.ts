import { type IncomingMessage } from 'node:http';
import { type CallbackHeaders } from '../verification/unverified-token.js';

/**
 * The headers that a callback is verified by. Node keeps only the first of several `Authorization` headers; another
 * server in front may have looked at the last. So all of them are passed on.
 */
export function callbackHeaders({ headers, rawHeaders }: IncomingMessage): CallbackHeaders {
  // Adapters of serverless platforms may fill in `headers` alone.
  const authorization = rawHeaders.length === 0 ? headers.authorization : values(rawHeaders, 'authorization');
  return { 'user-agent': headers['user-agent'], authorization };
}

function values(rawHeaders: readonly string[], name: string): readonly string[] {
  // Names and values alternate.
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}
