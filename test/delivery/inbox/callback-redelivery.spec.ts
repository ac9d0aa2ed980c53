import { describe, expect, it } from '@jest/globals';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyInstance } from 'fastify';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CallbackRedelivery } from '../../../lib/delivery/inbox/callback-redelivery.js';
import { OwnCallbacks } from '../../../lib/delivery/inbox/own-callbacks.js';
import { CallbackRequest } from '../../../lib/request/callback-request.js';
import { type Redelivery } from '../../../lib/request/redelivery.js';
import { PLATFORMS, type Platform } from '../../support/application.js';
import { Arrivals, OWN, storedCallback, verifiedToken } from '../arrivals.js';
import { platformWith } from '../platform-under-delivery.js';

const ATTEMPT = { attempt: 2, of: 40 };
const NO_SERVER = 'there is no HTTP server on Express or Fastify';
const redeliveryIn = (request: IncomingMessage): Redelivery => {
  const redelivery = CallbackRequest.find(request)?.redelivery;
  if (redelivery === undefined) throw new Error('the request delivers no stored callback');
  return redelivery;
};

/** What becomes of a redelivery on its way through an application. */
type Fate = Partial<Pick<Redelivery, 'state' | 'failure'>>;

/** Delivers a callback to a method that answers so, and keeps the request. */
function start(status: number, fate: Fate, platform: Platform = 'express') {
  const arrivals = new Arrivals();
  const requests: IncomingMessage[] = [];
  const seen: Redelivery[] = [];
  const host = platformWith(platform, (request, response) => {
    const redelivery = redeliveryIn(request);
    requests.push(request);
    seen.push({ ...redelivery });
    Object.assign(redelivery, fate);
    response.writeHead(status).end();
  });
  const redelivery = new CallbackRedelivery(host, OWN, arrivals.telemetry);
  return { arrivals, redelivery, requests, seen, failureOf: () => failureOf(redelivery) };
}

async function failureOf(redelivery: CallbackRedelivery, stored: unknown = storedCallback()): Promise<unknown> {
  return redelivery.deliver(stored, ATTEMPT).then(
    () => {
      throw new Error('it was delivered');
    },
    (error: unknown) => error,
  );
}

/** How often the end of its connection is announced, and whether that of the answer was before. */
async function closesOn(platform: Platform, listen: (response: ServerResponse) => unknown = () => undefined) {
  let closed = 0;
  let wasFinished = false;
  const host = platformWith(platform, (request, response) => {
    redeliveryIn(request).state = 'completed';
    response.once('finish', () => {
      wasFinished = closed === 0;
    });
    response.on('close', () => (closed += 1));
    listen(response);
    response.writeHead(204).end();
  });
  await new CallbackRedelivery(host, OWN, new Arrivals().telemetry).deliver(storedCallback(), ATTEMPT);
  await nextTurn();
  await nextTurn();
  return { closed, wasFinished };
}

describe.each(PLATFORMS)('a stored callback on %s', (platform) => {
  it('comes as the request that brought it', async () => {
    const { arrivals, redelivery, requests } = start(204, { state: 'completed' }, platform);
    const headers = { host: 'video.example', 'x-request-id': '7', 'x-many': ['a', 'b'] };
    const url = '/video/archives?tenant=7';
    await redelivery.deliver(storedCallback({ request: { url, headers, remoteAddress: '192.0.2.7' } }), ATTEMPT);

    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: 'POST', url, socket: { remoteAddress: '192.0.2.7' } });
    expect(requests[0]?.headers).toMatchObject({ ...headers, 'x-many': 'a, b' });
    expect(arrivals.ends).toEqual({});
  });

  it('comes with its bytes, read already and to be shown', async () => {
    const { redelivery, requests } = start(204, { state: 'completed' }, platform);
    await redelivery.deliver(storedCallback({ body: 'e/99' }), ATTEMPT);
    const [request] = requests;

    expect(request && CallbackRequest.find(request)?.reading).toEqual({
      state: 'complete',
      bytes: Buffer.from([0x7b, 0xff, 0x7d]),
    });
    expect(request && CallbackRequest.find(request)?.isShown).toBe(true);
  });

  it('announces the end of its connection once, after the answer', async () => {
    const { closed, wasFinished } = await closesOn(platform);

    expect([closed, wasFinished]).toEqual([1, true]);
  });

  it('lets the application replace how it is destroyed, as any request', async () => {
    const { redelivery, requests } = start(204, { state: 'completed' }, platform);
    await redelivery.deliver(storedCallback(), ATTEMPT);
    const [request] = requests;

    expect(request && Object.getOwnPropertyDescriptor(request, 'destroy')).toMatchObject({
      configurable: true,
      writable: true,
      enumerable: false,
    });
  });
});

describe('a stored callback', () => {
  it('announces no end of its connection that was announced', async () => {
    const announcing = (response: ServerResponse) => response.once('finish', () => response.emit('close'));

    expect(await closesOn('express', announcing)).toEqual({ closed: 1, wasFinished: true });
  });

  it('comes with what was verified, which attempt it is, and what an instrumentation left with it', async () => {
    const { redelivery, seen } = start(204, { state: 'completed' });
    const stored = storedCallback();
    const traceContext = { traceparent: '00-1-2-01' };
    await redelivery.deliver(stored, ATTEMPT);
    await redelivery.deliver({ ...stored, traceContext }, ATTEMPT);

    const attempt = { ...ATTEMPT, firstReceivedAt: new Date(stored.receivedAt) };
    expect(seen).toEqual([
      { id: stored.id, token: stored.token, attempt, traceContext: {}, state: 'sent' },
      { id: stored.id, token: stored.token, attempt, traceContext, state: 'sent' },
    ]);
  });

  it.each([200, 204, 299])('is delivered when its method completed and the answer is %d', async (status) => {
    const { arrivals, redelivery } = start(status, { state: 'completed' });
    await redelivery.deliver(storedCallback(), ATTEMPT);

    expect(arrivals.ends).toEqual({});
  });

  it.each<[status: number, fate: Fate, reason: string]>([
    [
      204,
      {},
      'no @VideoCallback method was reached: was the route moved, or does a guard stand in front (isDelivery)?',
    ],
    [
      404,
      {},
      'no @VideoCallback method was reached: was the route moved, or does a guard stand in front (isDelivery)?',
    ],
    [200, { state: 'reached' }, 'the method did not complete'],
    [500, { state: 'reached' }, 'the method did not complete'],
    [500, { state: 'completed' }, 'after the method completed'],
    [300, { state: 'completed' }, 'after the method completed'],
    [199, { state: 'completed' }, 'after the method completed'],
  ])('is not delivered when the answer is %d after %j', async (status, fate, reason) => {
    const { arrivals, failureOf, requests } = start(status, fate);
    const message = `answered ${status}: ${reason}`;
    const error = await failureOf();

    expect(error).toMatchObject({ name: 'DeliveryFailedError', message });
    expect(arrivals.observed.outcomes.failed).toMatchObject([{ error, attempt: ATTEMPT }]);
    expect(arrivals.ends).toEqual({ failed: 1 });
    expect(requests.map((request) => redeliveryIn(request).state)).toEqual(['failed']);
  });

  it('is retried unless its body is unusable', async () => {
    expect(await start(400, { state: 'unusable' }).failureOf()).toMatchObject({
      message: 'answered 400: the body cannot be used',
      next: 'give-up',
    });
    expect(await start(500, { state: 'failed' }).failureOf()).toMatchObject({
      message: 'answered 500: the method did not complete',
      next: 'retry',
    });
  });

  it.each(['failed', 'unusable'] as const)('that was reported as %s is not reported twice', async (state) => {
    const { arrivals, failureOf } = start(500, { state });
    await failureOf();

    expect(arrivals.ends).toEqual({});
  });

  it('that was reported as completed is reported as failed when the answer is none of success', async () => {
    const { arrivals, failureOf } = start(500, { state: 'completed' });
    await failureOf();

    expect(arrivals.ends).toEqual({ failed: 1 });
  });
});

class PoolError extends Error {
  override readonly name = 'PoolError';
  readonly code = 'ECONNREFUSED';
}

describe('CallbackRedelivery', () => {
  it('has what the method threw as the cause of the failure', async () => {
    const cause = new PoolError('postgres://user:secret@db');
    const { failureOf } = start(500, { state: 'failed', failure: cause });

    expect(await failureOf()).toMatchObject({ message: 'answered 500: the method did not complete', cause });
  });

  it.each<[what: string, host: () => HttpAdapterHost, cause: object | undefined, message?: unknown]>([
    ['there is no server', hostWithoutServer, undefined, NO_SERVER],
    ['the platform cannot get ready', hostThatNeverGetsReady, { code: 'ECONNREFUSED' }],
    [
      'a middleware throws',
      () => platformWith('express', throwing),
      undefined,
      expect.stringContaining('answered 500: '),
    ],
    [
      'a middleware destroys the request',
      () => platformWith('express', (request) => request.destroy()),
      { code: 'LIGHT_ECONNRESET' },
    ],
    [
      'a middleware destroys the connection',
      () => platformWith('express', (request) => request.socket.destroy()),
      { code: 'LIGHT_ECONNRESET' },
    ],
    [
      'a middleware destroys the response',
      () => platformWith('express', (_, response) => response.destroy()),
      { code: 'LIGHT_ECONNRESET' },
    ],
  ])(
    'reports once that %s, with the cause',
    async (_, host, cause, message = 'the request to this application failed') => {
      const arrivals = new Arrivals();
      const failure = await failureOf(new CallbackRedelivery(host(), OWN, arrivals.telemetry));

      expect(failure).toMatchObject({ name: 'DeliveryFailedError', message, next: 'retry', ...(cause && { cause }) });
      expect(arrivals.observed.outcomes.failed).toMatchObject([{ error: failure, next: 'retry', attempt: ATTEMPT }]);
      expect(arrivals.ends).toEqual({ failed: 1 });
    },
  );

  it('says what keeps this process from delivering', () => {
    const obstacleOf = (host: HttpAdapterHost, own = OWN) =>
      new CallbackRedelivery(host, own, new Arrivals().telemetry).obstacle();
    const none = new OwnCallbacks(
      () => [],
      () => Promise.resolve(true),
    );

    expect(obstacleOf(hostWithoutServer())).toBe(NO_SERVER);
    expect(obstacleOf(platformWith('express', throwing), none)).toBe('no method uses @VideoCallback');
    expect(obstacleOf(platformWith('express', throwing))).toBeUndefined();
  });

  it('tries a callback again that could not be checked', async () => {
    const own = new OwnCallbacks(throwing, () => Promise.resolve(true));
    const { telemetry, observed } = new Arrivals();
    const redelivery = new CallbackRedelivery(platformWith('express', throwing), own, telemetry);

    expect(await failureOf(redelivery)).toMatchObject({
      message: 'the job could not be read',
      next: 'retry',
      cause: { name: 'PoolError' },
    });
    expect(observed.outcomes.failed).toMatchObject([{ next: 'retry', attempt: ATTEMPT }]);
  });

  it.each([
    [
      'a project that is not configured here',
      storedCallback({ token: verifiedToken({ projectId: 'other\nproject' }) }),
      'this application does not know its project "other\\nproject"',
    ],
    [
      'a kind that no method takes',
      storedCallback({ token: verifiedToken({ kind: 'sip' }) }),
      'no method of this application takes sip callbacks',
    ],
    [
      'a newer format',
      { ...storedCallback(), format: 2 },
      'it has format 2, this version of nestjs-vonage-video-callbacks reads 1',
    ],
  ])('leaves a callback of %s, and reports it once', async (_, stored, message) => {
    const { arrivals, redelivery, requests } = start(204, { state: 'completed' });
    for (let count = 0; count < 3; count += 1) {
      expect(await failureOf(redelivery, stored)).toMatchObject({ message, next: 'leave' });
    }

    expect(requests).toEqual([]);
    expect(arrivals.ends).toEqual({});
    expect(arrivals.logs.lines).toHaveLength(1);
    expect(arrivals.logs.of('warn').join()).toContain(
      `A stored callback is left in the inbox for another process: ${message}.`,
    );
  });
});

const throwing = () => {
  throw new PoolError('no');
};

function hostWithoutServer(): HttpAdapterHost {
  return new HttpAdapterHost();
}

function hostThatNeverGetsReady(): HttpAdapterHost {
  const host = platformWith('fastify', () => undefined);
  host.httpAdapter.getInstance<FastifyInstance>().addHook('onReady', () => Promise.reject(new PoolError('no')));
  return host;
}
