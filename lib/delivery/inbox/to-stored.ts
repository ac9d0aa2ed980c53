import { type IncomingMessage } from 'node:http';
import { type CallbackRequest } from '../../request/callback-request.js';
import { STORED_FORMAT, type StoredCallback, type StoredRequest } from './stored-callback.js';

/** Secrets, and what belongs to the connection. */
const LEFT_OUT = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * A callback in the form in which it is stored.
 *
 * @param id its identity
 */
export function toStored(id: string, request: CallbackRequest, rawBody: Buffer): StoredCallback {
  const { token, attempt, route, address, traceContext } = request;
  return {
    format: STORED_FORMAT,
    id,
    token,
    body: rawBody.toString('base64'),
    request: storedRequest(request.message),
    receivedAt: attempt.firstReceivedAt.getTime(),
    route,
    ...(address === undefined ? {} : { address }),
    ...(Object.keys(traceContext).length === 0 ? {} : { traceContext }),
  };
}

/** What is stored of a request, so that it can be made again. */
function storedRequest(message: IncomingMessage): StoredRequest {
  const headers = Object.entries(message.headers).flatMap(([name, value]) =>
    value === undefined || LEFT_OUT.has(name) || name.startsWith(':') ? [] : [[name, value] as const],
  );
  return {
    url: originalUrl(message),
    headers: { ...hostOfHttp2(message), ...Object.fromEntries(headers) },
    remoteAddress: message.socket.remoteAddress ?? '127.0.0.1',
  };
}

/** Express cuts `url` for mounted routers and keeps the full one here. */
function originalUrl(message: IncomingMessage & { readonly originalUrl?: string }): string {
  return message.originalUrl ?? message.url ?? '/';
}

/** HTTP/2 names the host in a header of its own (RFC 9113, section 8.3.1). */
function hostOfHttp2({ headers }: IncomingMessage): Record<string, string> {
  const authority = headers[':authority'];
  return typeof authority === 'string' ? { host: authority } : {};
}
