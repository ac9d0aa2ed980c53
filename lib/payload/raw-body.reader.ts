import { type IncomingMessage, type ServerResponse } from 'node:http';
import { constants } from 'node:http2';
import { tokenOfRequest } from '../request/token-of-request.js';
import { type BodyReading, IncomingBody } from '../request/incoming-body.js';
import { type Awaitable } from '../verification/awaitable.js';
import { bearerToken } from '../verification/bearer-token.js';
import { BodyBudget } from './body-budget.js';
import { type BodyLimits, peekBody } from './body-reader.js';
import { isEncoded, isJson } from './content-type.js';
import { http2StreamOf } from './http2-stream.js';
import { parseJson } from './json-payload.js';
import { type SecuredPaths } from './secured-paths.js';

/** How many bytes of bodies are kept at least, before their senders are verified and again after that. */
const LEAST_BUDGET = 32 * 1024 * 1024;

/** Longest body that is parsed before its sender is verified: the limit of Express' own JSON parser, in bytes. */
const MAX_PARSED_UNVERIFIED = 102_400;

/**
 * Reads the exact bytes of bodies that may be callbacks, so that the rest of the application can read them, too: by
 * `request.body`, and from the stream. Its users are the two platforms and the interceptor.
 */
export class RawBodyReader {
  private readonly unverified: BodyBudget;
  private readonly verified: BodyBudget;

  /** @param paths called at the first request: only then are all routes known */
  constructor(
    private readonly limits: BodyLimits,
    private readonly paths: () => SecuredPaths,
  ) {
    const budget = Math.max(LEAST_BUDGET, 4 * limits.bodyLimit);
    this.unverified = new BodyBudget(budget);
    this.verified = new BodyBudget(budget);
  }

  /**
   * Whether a request may be a callback, judged by its head alone and narrowly: everything else reaches the application
   * as if this module were not there. It is a POST to what may be a secured method, with a token that claims to be
   * issued by Vonage.
   */
  mayBeCallback(request: IncomingMessage): boolean {
    const { method, headers, url = '' } = request;
    return (
      method === 'POST' &&
      headers.authorization !== undefined &&
      /^bearer /i.test(headers.authorization) &&
      this.paths().mayInclude(url) &&
      claimsVonage(request)
    );
  }

  /** Reads the body of a request that may be a callback, before anything is known of its sender. */
  async readAhead(request: IncomingMessage, response: ServerResponse): Promise<IncomingBody> {
    const body = new IncomingBody(request, await this.read(request, response, this.unverified));
    if (body.reading.state === 'timed-out' && !response.headersSent && request.httpVersionMajor < 2) {
      response.setHeader('connection', 'close');
    }
    return body;
  }

  /**
   * The body of a callback whose sender is verified. It is read now if it was not read ahead, because the process kept
   * too many, or because its URL was not that of a secured method when it arrived.
   */
  readVerified(request: IncomingMessage, response: ServerResponse): Awaitable<BodyReading> {
    const body = IncomingBody.of(request);
    if (body === undefined) {
      this.paths().expectEverywhere();
      return this.read(request, response, this.verified);
    }
    return body.reading.state === 'unread'
      ? this.read(request, response, this.verified, body.reading.putBack)
      : body.reading;
  }

  private async read(
    request: IncomingMessage,
    response: ServerResponse,
    budget: BodyBudget,
    putBack?: number,
  ): Promise<BodyReading> {
    const account = budget.open(request.socket);
    const release = (): void => {
      // Listeners that come later, such as loggers, see the headers as they were sent.
      IncomingBody.of(request)?.show();
      account.close();
    };
    // Responses of adapters and test tools announce only one of the two.
    response.once('close', release);
    // Over HTTP/2 the response announces it only when the client has come to its end, too.
    (http2StreamOf(request) ?? response).once('finish', () => {
      release();
      this.finish(request);
    });
    const reading = await peekBody(request, this.limits, account, putBack);
    if (reading.state !== 'complete') return reading;
    if (isEncoded(request.headers)) return { state: 'encoded' };
    return isJson(request.headers) ? reading : { state: 'not-json' };
  }

  /** Leaves the connection of a request that was answered in a state in which it can carry the next. */
  private finish(request: IncomingMessage): void {
    const stream = http2StreamOf(request);
    if (stream !== undefined) {
      // What is still to come would be taken and thrown away (RFC 9113, section 8.1).
      if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    request.resume();
    if (request.complete || request.destroyed) return;
    const timer = setTimeout(() => {
      request.destroy();
    }, this.limits.bodyTimeout * 1000);
    request.once('close', () => {
      clearTimeout(timer);
    });
  }
}

/**
 * Shows the application what a body parser would have shown: the JSON in `request.body`, or nothing where there is none,
 * and the bytes in `request.rawBody`. Both are plain values; those who list or copy a request do not meet the bytes.
 */
export function showBody(request: { readonly body?: unknown }, { reading }: IncomingBody): void {
  if (reading.state !== 'complete') return;
  Reflect.defineProperty(request, 'rawBody', { value: reading.bytes, writable: true, configurable: true });
  // Something has put another there.
  if (request.body !== undefined || reading.bytes.length > MAX_PARSED_UNVERIFIED) return;
  try {
    Reflect.set(request, 'body', parseJson(reading.bytes));
  } catch {
    // No JSON: there is nothing to show.
  }
}

/** Nothing is verified here. */
function claimsVonage(request: IncomingMessage): boolean {
  try {
    return tokenOfRequest(request, bearerToken(request.headers)).claims['iss'] === 'Vonage';
  } catch {
    return false;
  }
}
