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

/** What Express' and Fastify's requests have in common, as far as this module needs it. */
interface PlatformRequest {
  /** The client's address as the platform reports it through `trust proxy`: behind a trusted proxy any text. */
  readonly ip?: string;
  /** What the platform's own body parser made of the body. */
  readonly body?: unknown;
  /** The exact bytes, where something else kept them: Nest's `rawBody: true`, some serverless platforms. */
  readonly rawBody?: unknown;
}

/** Fastify wraps Node's objects. Express adds to them, and an application may add something of its own as `raw`. */
type OwnOrWrapped<Own extends object> = (Own & { readonly raw?: undefined }) | { readonly raw: Own };

/** What the payload of a callback turned out to be. */
export interface CallbackContent {
  /** The exact bytes that were signed. */
  readonly rawBody: Buffer;
  /** SHA-256 of the bytes in lower-case hex. */
  readonly bodyHash: string;
  /** The whole JSON object, without `__proto__` members. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Whether a body that is not the signed one would have been refused. */
  readonly isBodyVerified: boolean;
  /** The validated DTO of the kind. */
  readonly callback: CallbackOfKind[VideoCallbackKind];
  /** Optional fields that the DTO does not have because their value did not fit. */
  readonly setAside: readonly Violation[];
}

/** A header that says that a request has a body, or of which type. */
type BodyHeader = 'content-length' | 'transfer-encoding' | 'content-type';

/**
 * Longest token that is kept with its request, in characters: what it holds can take 20 times its length in memory. A
 * genuine one has about 450.
 */
const MAX_KEPT_TOKEN = 2048;

/**
 * Everything that this module knows about a request. The stages fill it in order: the token's text, the verified token,
 * the bytes of the body, their content. It is kept with Node's request where no header, body or middleware can reach it,
 * and where neither copies nor logs of the request show it.
 */
export class CallbackRequest {
  /** What became of reading the body; `undefined` until it was read. */
  reading: BodyReading | undefined;
  /** Whether `request.body` shows a complete body before its sender is verified. */
  isShown = false;
  /** The delivery of a stored callback that this request is, if it is one. */
  redelivery: Redelivery | undefined;
  /** Kinds of the method whose secrets may have signed it too: they could not be looked up. */
  unavailableKeys: readonly UnavailableKeys[] = [];
  /** The callback's identity: see `callbackIdentity`. `undefined` until its body was read. */
  id: string | undefined;
  /** Measures the stages, from the guard on. */
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

  /** The same for Node's request, before or without Nest. */
  static at(message: IncomingMessage): CallbackRequest {
    const known = Slot.read(message);
    if (known !== undefined) return known;
    const request = new CallbackRequest(message);
    Slot.fill(message, request);
    return request;
  }

  /** `undefined` if nothing of this module has looked at the request before. */
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

  /** The handler's name for logs, as `VideoController.onArchive`: unlike a URL it is not the sender's choice. */
  get route(): string {
    return `${this.nest.getClass().name}.${this.nest.getHandler().name}`;
  }

  /** The kinds of callback that the method takes. */
  get kinds(): readonly VideoCallbackKind[] {
    return callbackKindsOf(this.nest.getHandler()) ?? [];
  }

  /** The client's address as the platform reports it through `trust proxy`, if it is one. */
  get address(): string | undefined {
    return addressIn(this.platform.ip);
  }

  /**
   * The token that the request carries. Nothing of it is verified.
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
   * The token as it was before the body was looked at, of which its kind may be.
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
   * What the payload turned out to be.
   *
   * @throws {UnsecuredRouteError} if it was not checked
   */
  get content(): CallbackContent {
    if (this.checkedContent === undefined) throw this.unsecured();
    return this.checkedContent;
  }

  /** Filled in once the payload is checked. */
  set content(content: CallbackContent) {
    this.checkedContent = content;
  }

  /** What an instrumentation wants to find again at a redelivery: to be filled at the arrival, stored with the callback. */
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
   * Hides from body parsers that there is a body: they would answer one that they cannot read (no JSON, compressed, too
   * large for them) before the guard has seen the request, and it would be lost unreported. The stream stays as it is.
   *
   * @param names the headers that the platform's parsers go by
   */
  hideBody(names: readonly BodyHeader[]): void {
    const { headers } = this.message;
    this.hidden ??= [];
    for (const name of names) {
      if (headers[name] === undefined) continue;
      this.hidden.push([name, headers[name]]);
      // Deleted, since Node refuses to send headers that are undefined. Fails silently where they are frozen.
      Reflect.deleteProperty(headers, name);
    }
  }

  /** Shows the headers again that were hidden, unless something has set them meanwhile. */
  unhideBody(): void {
    if (this.hidden === undefined) return;
    const { headers } = this.message;
    for (const [name, value] of this.hidden) if (headers[name] === undefined) Reflect.set(headers, name, value);
    this.hidden = undefined;
  }

  /** Aborts when the connection ends before the answer was sent. */
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
 * Whether a request is the delivery of a callback that was stored before. Then it carries no `Authorization` and was
 * counted when it arrived: a throttler or a guard of the application lets it pass.
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
 * The headers that a callback is verified by. Node keeps only the first of several `Authorization` headers; another
 * server in front may have looked at the last. So all of them are passed on.
 */
function callbackHeaders({ headers, rawHeaders }: IncomingMessage): CallbackHeaders {
  // Adapters of serverless platforms may fill in `headers` alone.
  if (rawHeaders.length === 0) return { authorization: headers.authorization };
  // Names and values alternate.
  const isAuthorization = (index: number): boolean => rawHeaders[index]?.toLowerCase() === 'authorization';
  return { authorization: rawHeaders.filter((_, index) => index % 2 === 1 && isAuthorization(index - 1)) };
}

// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- what it returns is all it is for
class Returned {
  constructor(message: IncomingMessage) {
    // What a base class returns is what a derived class adds its private fields to.
    return message;
  }
}

/**
 * A private field of Node's request: no header, body or middleware can reach it. It dies with its request, where V8
 * keeps what a WeakMap holds until the next full collection.
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
