import { type IncomingMessage } from 'node:http';
import { type StoredRequest } from './stored-callback.js';

/** Secrets, and what belongs to a connection that will be gone. */
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

/** What is stored of a request, so that it can be made again. */
export function storedRequest(request: IncomingMessage): StoredRequest {
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined || LEFT_OUT.has(name) || name.startsWith(':') ? [] : [[name, value] as const],
  );
  return {
    url: originalUrl(request),
    headers: { ...hostOfHttp2(request), ...Object.fromEntries(headers) },
    remoteAddress: request.socket.remoteAddress ?? '127.0.0.1',
  };
}

/** Express cuts `url` for mounted routers and keeps the whole here. */
function originalUrl(request: IncomingMessage & { readonly originalUrl?: string }): string {
  return request.originalUrl ?? request.url ?? '/';
}

/** HTTP/2 names the host in a header of its own (RFC 9113, section 8.3.1). */
function hostOfHttp2({ headers }: IncomingMessage): Record<string, string> {
  const authority = headers[':authority'];
  return typeof authority === 'string' ? { host: authority } : {};
}
