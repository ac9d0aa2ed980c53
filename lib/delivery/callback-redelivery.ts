import { type HttpAdapterHost } from '@nestjs/core';
import { type Server, type ServerResponse } from 'node:http';
import { shownJson } from '../payload/raw-body.reader.js';
import { IncomingBody } from '../request/incoming-body.js';
import { markAsRedelivered, type RedeliveredCallback } from '../request/redelivered-callback.js';
import { type CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { DeliveryFailedError, type InboxAttempt } from './callback-inbox.js';
import { type StoredCallback } from './stored-callback.js';
import { attemptAt, reportOnStored } from './stored-report.js';

/** Fastify takes requests once its plugins are loaded; Express always does. */
interface Platform {
  readonly ready?: () => PromiseLike<unknown>;
}

/**
 * Delivers stored callbacks to the method that they were sent to, in a request that this process makes to itself: the
 * application's middleware, guards, pipes, interceptors and exception filters all apply.
 */
export class CallbackRedelivery {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly telemetry: CallbackTelemetry,
  ) {}

  /** @throws {DeliveryFailedError} if the answer is not 2xx or the method did not complete */
  async deliver(stored: StoredCallback, attempt: InboxAttempt): Promise<void> {
    const redelivered: RedeliveredCallback = {
      token: stored.token,
      attempt: attemptAt(stored, attempt),
      traceContext: stored.traceContext ?? {},
      isTold: false,
      isCompleted: false,
      isReached: false,
      isUnusable: false,
    };
    const status = await this.dispatch(stored, redelivered);
    if (status >= 200 && status < 300 && redelivered.isCompleted) return;
    const next = redelivered.isUnusable ? 'give-up' : 'retry';
    const failure = new DeliveryFailedError(`answered ${status}: ${whatHappened(redelivered)}`, next);
    // Where the method failed that was told as it happened.
    if (!redelivered.isTold || redelivered.isCompleted) reportOnStored(stored, attempt, this.telemetry).failed(failure);
    throw failure;
  }

  private async dispatch({ body, request }: StoredCallback, redelivered: RedeliveredCallback): Promise<number> {
    // Only applications with an inbox need it.
    const { inject } = await import('light-my-request');
    const server = this.host.httpAdapter.getHttpServer() as Server;
    await this.host.httpAdapter.getInstance<Platform>().ready?.();
    const { url, headers, remoteAddress } = request;
    const payload = Buffer.from(body, 'base64');
    const response = await inject(
      (incoming, outgoing) => {
        markAsRedelivered(incoming, redelivered);
        IncomingBody.keep(incoming, { state: 'complete', bytes: payload }, shownJson(payload));
        announceClose(outgoing);
        server.emit('request', incoming, outgoing);
      },
      { method: 'POST', url, headers: mutable(headers), remoteAddress, payload },
    );
    return response.statusCode;
  }
}

function whatHappened({ isCompleted, isReached, isUnusable }: RedeliveredCallback): string {
  if (isCompleted) return 'after the method completed';
  if (isUnusable) return 'the body cannot be used';
  if (isReached) return 'the method did not complete';
  return 'no @VideoCallback method was reached: was the route moved, or does a guard stand in front (isDelivery)?';
}

/** As Node does after an answer over a connection: listeners of the application may wait for it. */
function announceClose(outgoing: ServerResponse): void {
  let isClosed = false;
  outgoing.once('close', () => {
    isClosed = true;
  });
  outgoing.once('finish', () => {
    // light-my-request announces it only for some responses, and before that.
    setImmediate(() => {
      if (!isClosed) outgoing.emit('close');
    });
  });
}

function mutable(headers: StoredCallback['request']['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}
