import { type HttpAdapterHost } from '@nestjs/core';
import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isSupportedPlatform } from '../../payload/raw-body.installer.js';
import { CallbackRequest } from '../../request/callback-request.js';
import { type Redelivery, type RedeliveryState } from '../../request/redelivery.js';
import { type CallbackTelemetry } from '../../telemetry/callback-telemetry.js';
import { type InboxAttempt } from './callback-inbox.js';
import { DeliveryFailedError } from './stored-callback.js';
import { type OwnCallbacks } from './own-callbacks.js';
import { readStoredCallback, type StoredCallback } from './stored-callback.js';
import { attemptAt, reportFailed } from './stored-report.js';

const NO_SERVER = 'there is no HTTP server on Express or Fastify';

const WHAT_HAPPENED: Readonly<Record<RedeliveryState, string>> = {
  sent: 'no @VideoCallback method was reached: was the route moved, or does a guard stand in front (isDelivery)?',
  reached: 'the method did not complete',
  failed: 'the method did not complete',
  completed: 'after the method completed',
  unusable: 'the body cannot be used',
};

/** Fastify accepts requests once its plugins are loaded; Express always does. */
interface Platform {
  readonly ready?: () => PromiseLike<unknown>;
}

/**
 * Delivers stored callbacks to their method, in a request that this process makes to itself. The application's
 * middleware, guards, pipes, interceptors and exception filters all apply.
 */
export class CallbackRedelivery {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly own: OwnCallbacks,
    private readonly telemetry: CallbackTelemetry,
  ) {}

  /**
   * Why this process cannot deliver stored callbacks; `undefined` if it can. Call it after the application has started.
   */
  obstacle(): string | undefined {
    if (this.server() === undefined) return NO_SERVER;
    return this.own.areNone ? 'no method uses @VideoCallback' : undefined;
  }

  /**
   * @param value what the inbox stored, checked here
   * @throws {DeliveryFailedError} if it cannot be delivered, the answer is not 2xx or the method did not complete; it
   *   was reported: as `failed`, or with `leave` in the log only
   */
  async deliver(value: unknown, attempt: InboxAttempt): Promise<void> {
    let stored: StoredCallback;
    try {
      stored = readStoredCallback(value);
      await this.own.check(stored);
    } catch (error) {
      throw this.reported(value, attempt, error);
    }
    const redelivery: Redelivery = {
      id: stored.id,
      token: stored.token,
      attempt: attemptAt(stored, attempt),
      traceContext: stored.traceContext ?? {},
      state: 'sent',
    };
    const failure = await this.failureOf(stored, redelivery);
    if (failure === undefined) return;
    // If the method failed or the body is unusable, that is already reported.
    if (redelivery.state === 'failed' || redelivery.state === 'unusable') throw failure;
    redelivery.state = 'failed';
    throw this.reported(stored, attempt, failure);
  }

  private async failureOf(stored: StoredCallback, redelivery: Redelivery): Promise<DeliveryFailedError | undefined> {
    const server = this.server();
    if (server === undefined) return new DeliveryFailedError(NO_SERVER, 'retry');
    let status: number;
    try {
      status = await this.dispatch(server, stored, redelivery);
    } catch (error) {
      return new DeliveryFailedError('the request to this application failed', 'retry', {
        cause: redelivery.failure ?? error,
      });
    }
    const { state, failure } = redelivery;
    if (status >= 200 && status < 300 && state === 'completed') return undefined;
    const next = state === 'unusable' ? 'give-up' : 'retry';
    return new DeliveryFailedError(`answered ${status}: ${WHAT_HAPPENED[state]}`, next, { cause: failure });
  }

  private reported(value: unknown, attempt: InboxAttempt, error: unknown): DeliveryFailedError {
    const failure =
      error instanceof DeliveryFailedError
        ? error
        : new DeliveryFailedError('the job could not be read', 'retry', { cause: error });
    if (failure.next === 'leave') this.telemetry.leftInInbox(failure.message);
    else reportFailed(value, attempt, failure, this.telemetry);
    return failure;
  }

  private server(): Server | undefined {
    // Without a server, for example in an application context or a microservice, Nest has no adapter.
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined | null;
    if (!adapter || !isSupportedPlatform(adapter.getType())) return undefined;
    return (adapter.getHttpServer() as Server | undefined | null) ?? undefined;
  }

  private async dispatch(server: Server, { body, request }: StoredCallback, redelivery: Redelivery): Promise<number> {
    // Only applications with an inbox need it.
    const { inject } = await import('light-my-request');
    await this.host.httpAdapter.getInstance<Platform>().ready?.();
    const { url, headers, remoteAddress } = request;
    const payload = Buffer.from(body, 'base64');
    const response = await inject(
      (incoming, outgoing) => {
        const request = CallbackRequest.at(incoming);
        request.redelivery = redelivery;
        request.reading = { state: 'complete', bytes: payload };
        request.isShown = true;
        allowDestroying(incoming, outgoing);
        announceClose(outgoing);
        server.emit('request', incoming, outgoing);
      },
      { method: 'POST', url, headers: joined(headers), remoteAddress, payload },
    );
    return response.statusCode;
  }
}

/**
 * Middleware may destroy a request or its connection. A socket of light-my-request cannot be destroyed, and Express
 * replaces the prototype that has the request's own method by Node's, which needs a real socket.
 */
function allowDestroying(incoming: IncomingMessage, outgoing: ServerResponse): void {
  Object.defineProperty(incoming, 'destroy', {
    value: incoming.destroy.bind(incoming),
    configurable: true,
    writable: true,
  });
  Object.assign(incoming.socket, { destroy: () => outgoing.destroy() });
}

/** Like Node after an answer over a connection: listeners of the application may wait for this event. */
function announceClose(outgoing: ServerResponse): void {
  let isClosed = false;
  outgoing.once('close', () => {
    isClosed = true;
  });
  outgoing.once('finish', () => {
    // light-my-request emits it only for some responses, and too early.
    setImmediate(() => {
      if (!isClosed) outgoing.emit('close');
    });
  });
}

/** light-my-request joins lists in ways that differ between its versions. */
function joined(headers: StoredCallback['request']['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : value.join(', ')]),
  );
}
