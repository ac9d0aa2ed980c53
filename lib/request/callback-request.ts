import { type ExecutionContext } from '@nestjs/common';
import { IncomingMessage, ServerResponse } from 'node:http';
import { type CallbackOfKind, type Violation } from '../callbacks/catalogue.js';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { type VerifiedToken } from '../verification/callback-verifier.js';
import { OwnFault } from '../verification/own-fault.js';
import { type UnavailableKeys } from '../verification/token-keys.js';
import { addressIn } from '../verification/source-addresses.js';
import { type CallbackHeaders, readToken, type UnverifiedToken } from '../verification/unverified-token.js';
import { type BodyReading } from './body-reading.js';
import { callbackKindsOf } from './callback-kind.metadata.js';
import { type DeliveryAttempt, type Redelivery, type TraceContext } from './redelivery.js';
import { StageClock } from './stage-clock.js';

/** A guard, interceptor or parameter decorator of this module is used on a method without `@VideoCallback`. */
export class UnsecuredRouteError extends OwnFault {
  override readonly name = 'UnsecuredRouteError';
  /** `ERR_CALLBACKS_UNSECURED_ROUTE` */
  override readonly code = 'ERR_CALLBACKS_UNSECURED_ROUTE';
}

/** The part of Express' and Fastify's requests that this module needs. */
interface PlatformRequest {
  /**
   * The client's address as the platform reports it, with `trust proxy` applied. Behind a trusted proxy it can be any
   * text.
   */
  readonly ip?: string;
  /** The body as the platform's own parser returned it. */
  readonly body?: unknown;
  /** The exact bytes, if something else kept them: Nest's `rawBody: true` or some serverless platforms. */
  readonly rawBody?: unknown;
}

/**
 * Node's object inside that of Fastify. Express extends Node's object, and an application may set a `raw` of its own
 * there.
 */
type OwnOrWrapped<Own extends object> = (Own & { readonly raw?: undefined }) | { readonly raw: Own };

/** The result of checking the payload of a callback. */
export interface CallbackContent {
  /** The exact bytes that were signed. */
  readonly rawBody: Buffer;
  /** SHA-256 of the bytes in lower-case hex. */
  readonly bodyHash: string;
  /** The whole JSON object, without `__proto__` members. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Whether the body was verified against the signed hash (`verifyPayload`). */
  readonly isBodyVerified: boolean;
  /** The validated DTO of the kind. */
  readonly callback: CallbackOfKind[VideoCallbackKind];
  /** Optional fields that are missing from the DTO because their value did not fit. */
  readonly setAside: readonly Violation[];
}

/** A header that announces a body or its type. */
type BodyHeader = 'content-length' | 'transfer-encoding' | 'content-type';

/**
 * Longest token that is kept with its request, in characters. Its parsed content can take 20 times its length in
 * memory. A genuine one has about 450.
 */
const MAX_KEPT_TOKEN = 2048;

/**
 * Everything that this module knows about a request. The stages fill it in order: the token's text, the verified token,
 * the bytes of the body, their content. It is kept with Node's request in a place that no header, body or middleware
 * can reach, and that copies and logs of the request do not show.
 */
export class CallbackRequest {
  /** The result of reading the body; `undefined` until it is read. */
  reading: BodyReading | undefined;
  /** Whether `request.body` shows a complete body before its sender is verified. */
  isShown = false;
  /** The redelivery, if this request delivers a stored callback. */
  redelivery: Redelivery | undefined;
  /** Kinds of the method whose secrets could not be looked up, so that they might have signed it too. */
  unavailableKeys: readonly UnavailableKeys[] = [];
  /** The callback's identity: see `callbackIdentity`. `undefined` until its body is read. */
  id: string | undefined;
  /** Measures the stages, starting with the guard. */
  clock = new StageClock();

  private context: ExecutionContext | undefined;
  private unverifiedToken: UnverifiedToken | undefined;
  private firstToken: VerifiedToken | undefined;
  private admission: { readonly token: VerifiedToken; readonly attempt: DeliveryAttempt } | undefined;
  private checkedContent: CallbackContent | undefined;
  private newTraceContext: TraceContext | undefined;
  private hidden: [name: BodyHeader, value: string | undefined][] | undefined;

  /** @param message Node's request */
  private constructor(readonly message: IncomingMessage) {}

  /** The request that Nest is handling. */
  static of(context: ExecutionContext): CallbackRequest {
    const request = CallbackRequest.at(messageOf(context));
    request.context = context;
    return request;
  }

  /** Like `of()`, for Node's request, before or without Nest. */
  static at(message: IncomingMessage): CallbackRequest {
    const known = Slot.read(message);
    if (known !== undefined) return known;
    const request = new CallbackRequest(message);
    Slot.fill(message, request);
    return request;
  }

  /** Like `of()`, but `undefined` if this module has not seen the request before. */
  static find(message: IncomingMessage): CallbackRequest | undefined {
    return Slot.read(message);
  }

  /** The platform's request. */
  get platform(): PlatformRequest {
    return this.nest.getArgs<[PlatformRequest]>()[0];
  }

  /** Node's response. */
  get response(): ServerResponse {
    const [, response] = this.nest.getArgs<[unknown, OwnOrWrapped<ServerResponse>]>();
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- over HTTP/2 Express has other classes
    return response instanceof ServerResponse ? response : (response.raw ?? response);
  }

  /** The handler's name for logs, such as `VideoController.onArchive`. Unlike a URL, it is not untrusted input. */
  get route(): string {
    return `${this.nest.getClass().name}.${this.nest.getHandler().name}`;
  }

  /** The kinds of callback that the method takes. */
  get kinds(): readonly VideoCallbackKind[] {
    return callbackKindsOf(this.nest.getHandler()) ?? [];
  }

  /**
   * The client's address as the platform reports it, with `trust proxy` applied; `undefined` if that is not an address.
   */
  get address(): string | undefined {
    return addressIn(this.platform.ip);
  }

  /**
   * The token that the request carries. It is not verified.
   *
   * @throws {CallbackRejection} if there is not exactly one, or it cannot be read
   */
  get unverified(): UnverifiedToken {
    if (this.unverifiedToken !== undefined) return this.unverifiedToken;
    const token = readToken(callbackHeaders(this.message));
    if (token.text.length <= MAX_KEPT_TOKEN) this.unverifiedToken = token;
    return token;
  }

  /**
   * The token as the guard has verified it.
   *
   * @throws {UnsecuredRouteError} if the guard has verified nothing
   */
  get token(): VerifiedToken {
    return this.admitted.token;
  }

  /**
   * The token as it was before its kind was read from the body.
   *
   * @throws {UnsecuredRouteError} if the guard has verified nothing
   */
  get tokenAlone(): VerifiedToken {
    return this.firstToken ?? this.token;
  }

  /**
   * Which attempt at handling it this is.
   *
   * @throws {UnsecuredRouteError} if the guard has verified nothing
   */
  get attempt(): DeliveryAttempt {
    return this.admitted.attempt;
  }

  /**
   * The checked payload.
   *
   * @throws {UnsecuredRouteError} if it was not checked
   */
  get content(): CallbackContent {
    if (this.checkedContent === undefined) throw this.unsecured();
    return this.checkedContent;
  }

  /** Set once the payload is checked. */
  set content(content: CallbackContent) {
    this.checkedContent = content;
  }

  /** Data that an instrumentation needs at a redelivery. It is filled when the callback arrives and stored with it. */
  get traceContext(): TraceContext {
    return this.redelivery?.traceContext ?? (this.newTraceContext ??= {});
  }

  /**
   * The sender is verified, or was when the callback was stored.
   *
   * @param attempt the only one, unless the callback was stored
   */
  admit(token: VerifiedToken, attempt: DeliveryAttempt = { attempt: 1, of: 1, firstReceivedAt: new Date() }): void {
    this.firstToken ??= token;
    this.admission = { token, attempt };
  }

  /**
   * Hides the body from body parsers. Otherwise they would answer a body that they cannot read (not JSON, compressed,
   * too large for them) before the guard sees the request, and the callback would be lost without a report. The stream
   * is not changed.
   *
   * @param names the headers that the platform's parsers look at
   */
  hideBody(names: readonly BodyHeader[]): void {
    const { headers } = this.message;
    this.hidden ??= [];
    for (const name of names) {
      if (headers[name] === undefined) continue;
      this.hidden.push([name, headers[name]]);
      // Deleted, because Node refuses to send headers that are undefined. Fails silently if they are frozen.
      Reflect.deleteProperty(headers, name);
    }
  }

  /** Restores the hidden headers, unless something has set them in the meantime. */
  unhideBody(): void {
    if (this.hidden === undefined) return;
    const { headers } = this.message;
    for (const [name, value] of this.hidden) if (headers[name] === undefined) Reflect.set(headers, name, value);
    this.hidden = undefined;
  }

  /** Aborts when the connection ends before the answer is sent. */
  hangUp(): AbortSignal {
    const { response } = this;
    const controller = new AbortController();
    if (response.closed) controller.abort();
    else {
      response.once('close', () => {
        controller.abort();
      });
    }
    return controller.signal;
  }

  private get admitted() {
    if (this.admission === undefined) throw this.unsecured();
    return this.admission;
  }

  private get nest(): ExecutionContext {
    if (this.context === undefined) throw new UnsecuredRouteError('This request has not reached a method yet.');
    return this.context;
  }

  private unsecured(): UnsecuredRouteError {
    return new UnsecuredRouteError(
      `${this.route} asks for a verified callback but there is none: add @VideoCallback(kind) to the method or to ` +
        'one of its parameters, and in tests do not replace SecureCallbackGuard or DeliveryInterceptor.',
    );
  }
}

/**
 * Whether a request delivers a stored callback. Such a request carries no `Authorization` header, and the callback was
 * counted when it arrived: let it pass in throttlers and guards of the application.
 *
 * @example
 * protected override async shouldSkip(context: ExecutionContext) { return isDelivery(context); }
 */
export function isDelivery(context: ExecutionContext): boolean {
  return context.getType() === 'http' && CallbackRequest.find(messageOf(context))?.redelivery !== undefined;
}

/** Node's request behind the platform's. */
function messageOf(context: ExecutionContext): IncomingMessage {
  const [platform] = context.getArgs<[OwnOrWrapped<IncomingMessage>]>();
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- over HTTP/2 Express has other classes
  return platform instanceof IncomingMessage ? platform : (platform.raw ?? platform);
}

/**
 * The headers that a callback is verified by. Node keeps only the first of several `Authorization` headers; a server in
 * front may have looked at the last. So this returns all of them.
 */
function callbackHeaders({ headers, rawHeaders }: IncomingMessage): CallbackHeaders {
  // Adapters of serverless platforms may set `headers` only.
  if (rawHeaders.length === 0) return { authorization: headers.authorization };
  // Names and values alternate.
  const isAuthorization = (index: number): boolean => rawHeaders[index]?.toLowerCase() === 'authorization';
  return { authorization: rawHeaders.filter((_, index) => index % 2 === 1 && isAuthorization(index - 1)) };
}

// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- what it returns is all it is for
class Returned {
  constructor(message: IncomingMessage) {
    // A derived class adds its private fields to the object that its base class returns.
    return message;
  }
}

/**
 * A private field of Node's request: no header, body or middleware can reach it. It is freed with the request, while V8
 * keeps the values of a WeakMap until the next full garbage collection.
 */
class Slot extends Returned {
  #request: CallbackRequest | undefined;

  static read(message: IncomingMessage): CallbackRequest | undefined {
    return #request in message ? message.#request : undefined;
  }

  static fill(message: IncomingMessage, request: CallbackRequest): void {
    const slot = new Slot(message);
    slot.#request = request;
  }
}
