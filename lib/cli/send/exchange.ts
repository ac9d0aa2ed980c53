import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { errorCode } from '../input.js';

/** A request of which the caller decides everything; a list is sent as a repeated header. */
export interface OutgoingRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

const MAX_ANSWER = 64 * 1024;

/** What came back. */
export interface Exchange {
  /** The answer's HTTP status; `undefined` if there was none. */
  readonly status: number | undefined;
  /** Why there was none, for example `ECONNREFUSED`. */
  readonly error: string | undefined;
  /** Whether there was a connection at all. */
  readonly connected: boolean;
  /** How long it took. */
  readonly ms: number;
}

/**
 * Sends one request over a connection of its own and waits for the status. Redirects are not followed. Not `fetch`,
 * which neither repeats a header nor distinguishes a refused connection from one that broke.
 */
export function exchange(
  url: URL,
  { method, headers, body }: OutgoingRequest,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Exchange> {
  const begun = performance.now();
  const isTls = url.protocol === 'https:';
  const limit = AbortSignal.timeout(timeoutMs);
  let connected = false;

  return new Promise((resolve) => {
    const end = (status: number | undefined, error?: string): void => {
      resolve({ status, error, connected, ms: Math.round(performance.now() - begun) });
    };
    const outgoing = (isTls ? httpsRequest : httpRequest)(url, {
      method,
      headers: { 'content-length': body.length, ...mutable(headers) },
      agent: false,
      signal: AbortSignal.any([signal, limit]),
    });
    outgoing.on('socket', (socket) => socket.once(isTls ? 'secureConnect' : 'connect', () => (connected = true)));
    outgoing.on('response', (response) => {
      end(response.statusCode);
      // Vonage does not read the body either; what is short is taken, so that the connection ends in good order.
      let length = 0;
      response.on('error', () => undefined);
      response.on('data', ({ length: more }: Buffer) => {
        length += more;
        if (length > MAX_ANSWER) response.destroy();
      });
    });
    outgoing.on('error', (error) => {
      end(undefined, limit.aborted ? `no answer within ${timeoutMs / 1000} s` : errorCode(error));
    });
    outgoing.end(body);
  });
}

function mutable(headers: OutgoingRequest['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}
