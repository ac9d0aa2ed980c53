import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { errorCode } from '../input.js';

/** A request that the caller controls completely. A list is sent as a repeated header. */
export interface OutgoingRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

const MAX_ANSWER = 64 * 1024;

/** The answer to a request. */
export interface Exchange {
  /** The answer's HTTP status; `undefined` if there was none. */
  readonly status: number | undefined;
  /** Why there was none, for example `ECONNREFUSED`. */
  readonly error: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Whether there was a connection at all. */
  readonly connected: boolean;
  /** How long it took. */
  readonly ms: number;
}

/** Vonage takes 200 to 205 as success ("Secure callbacks"). */
export function isSuccess({ status }: Pick<Exchange, 'status'>): boolean {
  return status !== undefined && status >= 200 && status <= 205;
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
    const end = (answer: Pick<Exchange, 'status' | 'error' | 'headers'>): void => {
      resolve({ ...answer, connected, ms: Math.round(performance.now() - begun) });
    };
    const outgoing = (isTls ? httpsRequest : httpRequest)(url, {
      method,
      headers: { 'content-length': body.length, ...headers },
      agent: false,
      signal: AbortSignal.any([signal, limit]),
    });
    outgoing.on('socket', (socket) => socket.once(isTls ? 'secureConnect' : 'connect', () => (connected = true)));
    outgoing.on('response', (response) => {
      end({ status: response.statusCode, error: undefined, headers: response.headers });
      // Vonage does not read the body either. A short body is read, so that the connection ends cleanly.
      let length = 0;
      response.on('error', () => undefined);
      response.on('data', ({ length: more }: Buffer) => {
        length += more;
        if (length > MAX_ANSWER) response.destroy();
      });
    });
    // Without a listener, Node closes the connection and emits no other event.
    outgoing.on('upgrade', ({ statusCode: status, headers }, socket) => {
      socket.destroy();
      end({ status, error: undefined, headers });
    });
    outgoing.on('error', (error) => {
      const reason = limit.aborted ? `no answer within ${timeoutMs / 1000} s` : errorCode(error);
      end({ status: undefined, error: reason, headers: {} });
    });
    outgoing.end(body);
  });
}
