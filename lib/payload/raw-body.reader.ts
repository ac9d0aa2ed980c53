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

type UnreadBody = BodyReading & { readonly state: 'unread' };

const READ_NOTHING = { putBack: 0, spentMs: 0 };

/**
 * Reads the exact bytes of bodies that may be callbacks, so that the rest of the application can read them, too: by
 * `request.body`, and from the stream. Its users are the two platforms and the interceptor.
 */
export class RawBodyReader {
  private readonly unverified: BodyBudget;
  private readonly verified: BodyBudget;
  private securedPaths: SecuredPaths | undefined;

  /** @param paths of the secured methods; called at the first request: only then are all routes known */
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
   * Reads the body of a request that may be a callback; every other request is passed on at once.
   *
   * @param passOn called with the request if its body was read; not called if its connection was ended, or if something
   *   else, such as a time limit of the application, has answered meanwhile
   * @param fail called if this module fails
   */
  receive(
    message: IncomingMessage,
    response: ServerResponse,
    passOn: (request: CallbackRequest | undefined) => void,
    fail: (error: Error) => void,
  ): void {
    // A stored callback comes with its bytes.
    const stored = CallbackRequest.find(message);
    if (stored?.reading !== undefined) {
      // As at the arrival: see openAccount().
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
   * The request, if it may be a callback: judged by its head alone and narrowly, since everything else reaches the
   * application as if this module were not there. It is a POST to what may be a secured method, with a token that claims
   * to be issued by Vonage.
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
   * Reads the body of a request that may be a callback, before anything is known of its sender.
   *
   * @returns whether there is a request left: one whose connection has too many without an answer is ended
   */
  private async readAhead(request: CallbackRequest, response: ServerResponse): Promise<boolean> {
    const { message } = request;
    // Over HTTP/2 many requests at once are usual, and over HTTP/1.1 they are not.
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
   * The body of a callback whose sender is verified. It is read now if it was not read ahead, because the process kept
   * too many, or because its URL was not that of a secured method when it arrived.
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
    // Something else may have read it while it was left in the stream.
    if (message.readableEnded || message.destroyed) return unread;
    const account = this.openAccount(request, response, this.verified, false);
    const reading = await this.read(message, response, account, unread);
    return reading.state === 'consumed' ? unread : reading;
  }

  /** @param isFirst whether what is to be done after the answer is not seen to yet */
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
      // Listeners that come later, such as loggers, see the headers as they were sent.
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

/** Nothing is verified here. */
function claimsVonage(request: CallbackRequest): boolean {
  try {
    return request.unverified.claims['iss'] === 'Vonage';
  } catch {
    return false;
  }
}
