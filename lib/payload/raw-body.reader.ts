import { type IncomingMessage, type ServerResponse } from 'node:http';
import { constants } from 'node:http2';
import { Socket } from 'node:net';
import { type BodyReading } from '../request/body-reading.js';
import { CallbackRequest } from '../request/callback-request.js';
import { type CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { type Awaitable } from '../verification/signature-key.js';
import { type BodyAccount, BodyBudget } from './body-budget.js';
import { type BodyLimits, http2StreamOf, peekBody } from './body-reader.js';
import { isEncoded, isJson } from './callback-body.js';
import { SecuredPaths } from './secured-paths.js';

/** Smallest budget in bytes. There is one budget for unverified and one for verified bodies. */
const LEAST_BUDGET = 32 * 1024 * 1024;

/** How many requests that may be callbacks can be unanswered on one connection. Real senders wait for each answer. */
const MAX_UNANSWERED = 32;

/**
 * Largest body, in bytes, that is parsed before its sender is verified and that needs no budget: it would stay in the
 * buffer of the stream anyway. Callbacks have less than 4 KiB, so a flood cannot stop them from being read.
 */
const SMALL_BODY = 16_384;

/** How many times more memory parsed JSON may take than its bytes. */
const PARSED_FACTOR = 8;

type UnreadBody = BodyReading & { readonly state: 'unread' };

const READ_NOTHING = { putBack: 0, spentMs: 0 };

/**
 * Reads the exact bytes of bodies that may be callbacks. The rest of the application can still read them from
 * `request.body` and from the stream. Used by the two platforms and the interceptor.
 */
export class RawBodyReader {
  private readonly unverified: BodyBudget;
  private readonly verified: BodyBudget;
  private securedPaths: SecuredPaths | undefined;

  /** @param paths of the secured methods; called at the first request, because only then all routes are known */
  constructor(
    private readonly limits: BodyLimits,
    private readonly paths: () => Iterable<string>,
    private readonly telemetry: CallbackTelemetry,
  ) {
    const budget = Math.max(LEAST_BUDGET, 4 * limits.bodyLimit);
    this.unverified = new BodyBudget(budget, SMALL_BODY);
    this.verified = new BodyBudget(budget, SMALL_BODY);
  }

  /**
   * Reads the body of a request that may be a callback, and passes every other request on at once.
   *
   * @param passOn called with the request if its body was read; not called if its connection was ended, or if something
   *   else, such as a time limit of the application, has answered in the meantime
   * @param fail called if this module fails
   */
  receive(
    message: IncomingMessage,
    response: ServerResponse,
    passOn: (request: CallbackRequest | undefined) => void,
    fail: (error: Error) => void,
  ): void {
    // A stored callback already has its bytes.
    const stored = CallbackRequest.find(message);
    if (stored?.reading !== undefined) {
      // As when a callback arrives: see openAccount().
      whenAnswered(message, response, () => {
        stored.unhideBody();
      });
      passOn(stored);
      return;
    }
    const candidate = this.candidate(message);
    if (candidate === undefined) {
      passOn(undefined);
      return;
    }
    this.readAhead(candidate, response)
      .then((isLeft) => {
        if (isLeft && !response.writableEnded) passOn(candidate);
      })
      .catch(fail);
  }

  /**
   * Returns the request if it may be a callback: a POST to the path of a secured method, with a token that claims to be
   * issued by Vonage. Only the head is checked. All other requests reach the application as if this module did not
   * exist.
   */
  private candidate(message: IncomingMessage): CallbackRequest | undefined {
    const { method, headers, url = '' } = message;
    if (method !== 'POST' || headers.authorization === undefined || !/^bearer /i.test(headers.authorization)) {
      return undefined;
    }
    if (!this.secured().mayInclude(url)) return undefined;
    const request = CallbackRequest.at(message);
    return claimsVonage(request) ? request : undefined;
  }

  /**
   * Reads the body of a request that may be a callback, before its sender is verified.
   *
   * @returns `false` if the connection was closed because it has too many unanswered requests
   */
  private async readAhead(request: CallbackRequest, response: ServerResponse): Promise<boolean> {
    const { message } = request;
    // Many requests at once are normal over HTTP/2, but not over HTTP/1.1.
    if (message.httpVersionMajor < 2 && this.unverified.openOn(message.socket) >= MAX_UNANSWERED) {
      this.telemetry.connectionEnded();
      message.socket.destroy();
      return false;
    }
    const account = this.openAccount(request, response, this.unverified, true);
    const reading = await this.read(message, response, account);
    request.reading = reading;
    request.isShown =
      reading.state === 'complete' &&
      reading.bytes.length <= SMALL_BODY &&
      account.charge((1 + PARSED_FACTOR) * reading.bytes.length);
    return true;
  }

  /**
   * The body of a callback whose sender is verified. It is read now if it was not read earlier, because the process
   * kept too many bodies, or because the URL was not that of a secured method on arrival.
   */
  readVerified(request: CallbackRequest): Awaitable<BodyReading> {
    const { message, reading } = request;
    if (reading === undefined) {
      this.secured().includeAll();
      const { response } = request;
      return this.read(message, response, this.openAccount(request, response, this.verified, true));
    }
    return reading.state === 'unread' ? this.readLate(request, reading) : reading;
  }

  private secured(): SecuredPaths {
    this.securedPaths ??= new SecuredPaths(this.paths());
    return this.securedPaths;
  }

  private async readLate(request: CallbackRequest, unread: UnreadBody): Promise<BodyReading> {
    const { message, response } = request;
    // Something else may have read it from the stream in the meantime.
    if (message.readableEnded || message.destroyed) return unread;
    const account = this.openAccount(request, response, this.verified, false);
    const reading = await this.read(message, response, account, unread);
    return reading.state === 'consumed' ? unread : reading;
  }

  /** @param isFirst whether the clean-up after the answer is not scheduled yet */
  private openAccount(
    request: CallbackRequest,
    response: ServerResponse,
    budget: BodyBudget,
    isFirst: boolean,
  ): BodyAccount {
    const { message } = request;
    const account = budget.open(message.socket);
    let isFinished = !isFirst;
    whenAnswered(message, response, () => {
      account.close();
      if (isFinished) return;
      isFinished = true;
      // Later listeners, such as loggers, see the headers as they were sent.
      request.unhideBody();
      this.finish(message);
    });
    return account;
  }

  private async read(
    request: IncomingMessage,
    response: ServerResponse,
    account: BodyAccount,
    { putBack, spentMs } = READ_NOTHING,
  ): Promise<BodyReading> {
    // All reads of one body together take at most bodyTimeout.
    const bodyTimeout = Math.max(this.limits.bodyTimeout - spentMs / 1000, 0);
    const reading = await peekBody(request, { ...this.limits, bodyTimeout }, account, putBack);
    if (reading.state === 'timed-out' && !response.headersSent && request.httpVersionMajor < 2) {
      response.setHeader('connection', 'close');
    }
    if (reading.state !== 'complete') return reading;
    if (isEncoded(request.headers)) return { state: 'encoded' };
    return isJson(request.headers) ? reading : { state: 'not-json' };
  }

  /** Makes the connection of an answered request ready for the next request. */
  private finish(request: IncomingMessage): void {
    const stream = http2StreamOf(request);
    if (stream !== undefined) {
      // Node would read and discard the rest of the body (RFC 9113, section 8.1).
      if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    request.resume();
    // Requests made inside the process have no connection and never close.
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
  // Over HTTP/2 the response is finished only when the client has also ended its side.
  (http2StreamOf(request) ?? response).prependOnceListener('finish', call);
}

/** Reads the claimed issuer. Nothing is verified here. */
function claimsVonage(request: CallbackRequest): boolean {
  try {
    return request.unverified.claims['iss'] === 'Vonage';
  } catch {
    return false;
  }
}
