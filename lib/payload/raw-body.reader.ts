import { type IncomingMessage, type ServerResponse } from 'node:http';
import { constants } from 'node:http2';
import { Socket } from 'node:net';
import { type BodyReading, IncomingBody } from '../request/incoming-body.js';
import { type Awaitable } from '../verification/signature-key.js';
import { readToken } from '../verification/unverified-token.js';
import { type BodyAccount, BodyBudget } from './body-budget.js';
import { type BodyLimits, peekBody } from './body-reader.js';
import { isEncoded, isJson } from './content-type.js';
import { http2StreamOf } from './http2-stream.js';
import { parseJson } from './json-payload.js';
import { type SecuredPaths } from './secured-paths.js';

/** Smallest budget in bytes; there is one for unverified and one for verified bodies. */
const LEAST_BUDGET = 32 * 1024 * 1024;

/** How many requests of a connection that may be callbacks can be without an answer. Real senders wait for it. */
const MAX_UNANSWERED = 32;

/**
 * Largest body, in bytes, that is parsed before its sender is verified. Smaller ones need no budget: they would stay in
 * the buffer of the stream anyway. So no flood keeps a callback from being read, which has less than 4 KiB.
 */
const SMALL_BODY = 16_384;

/** How much more memory parsed JSON may take than its bytes. */
const PARSED_FACTOR = 8;

/** Most objects and lists in JSON that is parsed before its sender is verified; printing it must not be too deep. */
const MAX_BRACKETS = 1000;

type UnreadBody = BodyReading & { readonly state: 'unread' };

const READ_NOTHING = { putBack: 0, spentMs: 0 };

/**
 * Reads the exact bytes of bodies that may be callbacks, so that the rest of the application can read them, too: by
 * `request.body`, and from the stream. Its users are the two platforms and the interceptor.
 */
export class RawBodyReader {
  private readonly unverified: BodyBudget;
  private readonly verified: BodyBudget;

  /**
   * @param paths called at the first request: only then are all routes known
   * @param onTooMany called when a connection is ended because it had too many requests without an answer
   */
  constructor(
    private readonly limits: BodyLimits,
    private readonly paths: () => SecuredPaths,
    private readonly onTooMany: () => void,
  ) {
    const budget = Math.max(LEAST_BUDGET, 4 * limits.bodyLimit);
    this.unverified = new BodyBudget(budget, SMALL_BODY);
    this.verified = new BodyBudget(budget, SMALL_BODY);
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

  /**
   * Reads the body of a request that may be a callback, before anything is known of its sender.
   *
   * @returns `undefined` if its connection was ended, because it had too many requests without an answer
   */
  async readAhead(request: IncomingMessage, response: ServerResponse): Promise<IncomingBody | undefined> {
    // Over HTTP/2 many requests at once are usual, and over HTTP/1.1 they are not.
    if (request.httpVersionMajor < 2 && this.unverified.openOn(request.socket) >= MAX_UNANSWERED) {
      this.onTooMany();
      request.socket.destroy();
      return undefined;
    }
    const account = this.openAccount(request, response, this.unverified, true);
    const reading = await this.read(request, response, account);
    const isShown =
      reading.state === 'complete' &&
      reading.bytes.length <= SMALL_BODY &&
      account.charge((1 + PARSED_FACTOR) * reading.bytes.length);
    return IncomingBody.keep(request, reading, isShown ? shownJson(reading.bytes) : undefined);
  }

  /**
   * The body of a callback whose sender is verified. It is read now if it was not read ahead, because the process kept
   * too many, or because its URL was not that of a secured method when it arrived.
   */
  readVerified(request: IncomingMessage, response: ServerResponse): Awaitable<BodyReading> {
    const body = IncomingBody.of(request);
    if (body === undefined) {
      this.paths().includeAll();
      return this.read(request, response, this.openAccount(request, response, this.verified, true));
    }
    return body.reading.state === 'unread' ? this.readLate(request, response, body.reading) : body.reading;
  }

  private async readLate(request: IncomingMessage, response: ServerResponse, unread: UnreadBody): Promise<BodyReading> {
    // Something else may have read it while it was left in the stream.
    if (request.readableEnded || request.destroyed) return unread;
    const account = this.openAccount(request, response, this.verified, false);
    const reading = await this.read(request, response, account, unread);
    return reading.state === 'consumed' ? unread : reading;
  }

  /** @param isFirst whether what is to be done after the answer is not seen to yet */
  private openAccount(
    request: IncomingMessage,
    response: ServerResponse,
    budget: BodyBudget,
    isFirst: boolean,
  ): BodyAccount {
    const account = budget.open(request.socket);
    let isFinished = !isFirst;
    whenAnswered(request, response, () => {
      account.close();
      if (isFinished) return;
      isFinished = true;
      // Listeners that come later, such as loggers, see the headers as they were sent.
      IncomingBody.of(request)?.show();
      this.finish(request);
    });
    return account;
  }

  private async read(
    request: IncomingMessage,
    response: ServerResponse,
    account: BodyAccount,
    { putBack, spentMs } = READ_NOTHING,
  ): Promise<BodyReading> {
    // However often it is read, a body arrives within bodyTimeout.
    const bodyTimeout = Math.max(this.limits.bodyTimeout - spentMs / 1000, 0);
    const reading = await peekBody(request, { ...this.limits, bodyTimeout }, account, putBack);
    if (reading.state === 'timed-out' && !response.headersSent && request.httpVersionMajor < 2) {
      response.setHeader('connection', 'close');
    }
    if (reading.state !== 'complete') return reading;
    if (isEncoded(request.headers)) return { state: 'encoded' };
    return isJson(request.headers) ? reading : { state: 'not-json' };
  }

  /** Leaves the connection of a request that was answered in a state in which it can carry the next. */
  private finish(request: IncomingMessage): void {
    const stream = http2StreamOf(request);
    if (stream !== undefined) {
      // What is still to come would be read and discarded (RFC 9113, section 8.1).
      if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    request.resume();
    // Requests that were made within the process know of no connection, and never close.
    if (request.complete || request.destroyed || !(request.socket instanceof Socket)) return;
    const timer = setTimeout(() => {
      request.destroy();
    }, this.limits.bodyTimeout * 1000);
    request.once('close', () => {
      clearTimeout(timer);
    });
  }
}

/** Calls a function when a response is finished, and when it is closed: some announce only one of the two. */
function whenAnswered(request: IncomingMessage, response: ServerResponse, call: () => void): void {
  response.prependOnceListener('close', call);
  // Over HTTP/2 the response announces it only when the client has come to its end, too.
  (http2StreamOf(request) ?? response).prependOnceListener('finish', call);
}

/**
 * What `request.body` shows of a body before its sender is verified: an object or a list, as body parsers do. `undefined`
 * for anything else, and for what would take much more memory or a deeper stack than its bytes suggest.
 */
export function shownJson(bytes: Buffer): unknown {
  if (bytes.length > MAX_BRACKETS && bracketsIn(bytes) > MAX_BRACKETS) return undefined;
  try {
    const json = parseJson(bytes);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

function bracketsIn(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x5b || byte === 0x7b) count += 1;
  return count;
}

/**
 * Shows the application what a body parser would have shown: the JSON in `request.body`, and the bytes in
 * `request.rawBody`. Both are plain values.
 */
export function showBody(request: { readonly body?: unknown }, { reading, json }: IncomingBody): void {
  if (reading.state !== 'complete') return;
  showRawBody(request, reading.bytes);
  // Not where something has put another.
  if (request.body === undefined && json !== undefined) Reflect.set(request, 'body', json);
}

/** Shows the bytes in `request.rawBody`, where those who list or copy a request do not meet them. */
export function showRawBody(request: object, bytes: Buffer): void {
  Reflect.defineProperty(request, 'rawBody', { value: bytes, writable: true, configurable: true });
}

/** Nothing is verified here. */
function claimsVonage(request: IncomingMessage): boolean {
  try {
    return readToken(request.headers).claims['iss'] === 'Vonage';
  } catch {
    return false;
  }
}
