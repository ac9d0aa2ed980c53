import { describe, expect, it } from '@jest/globals';
import { type IncomingMessage } from 'node:http';
import { type DeliveryFailedError } from '../../lib/index.js';
import { CallbackRedelivery } from '../../lib/delivery/callback-redelivery.js';
import { IncomingBody } from '../../lib/request/incoming-body.js';
import { redeliveredCallback, type RedeliveredCallback } from '../../lib/request/redelivered-callback.js';
import { PLATFORMS, type Platform } from '../support/application.js';
import { allowInject } from '../support/light-my-request.js';
import { Arrivals, storedCallback } from './arrivals.js';
import { platformWith } from './platform-under-delivery.js';

allowInject();

const ATTEMPT = { attempt: 2, of: 40 };
const redeliveredIn = (request: IncomingMessage): RedeliveredCallback => {
  const redelivered = redeliveredCallback(request);
  if (redelivered === undefined) throw new Error('the request delivers no stored callback');
  return redelivered;
};

/** What becomes of a redelivery on its way through an application. */
type Fate = Partial<Pick<RedeliveredCallback, 'isCompleted' | 'isReached' | 'isTold' | 'isUnusable'>>;

/** Delivers a callback to a method that answers so, and keeps the request. */
function start(status: number, fate: Fate, platform: Platform = 'express') {
  const arrivals = new Arrivals();
  const requests: IncomingMessage[] = [];
  const seen: RedeliveredCallback[] = [];
  const host = platformWith(platform, (request, response) => {
    const redelivered = redeliveredIn(request);
    requests.push(request);
    seen.push({ ...redelivered });
    Object.assign(redelivered, fate);
    response.writeHead(status).end();
  });
  const redelivery = new CallbackRedelivery(host, arrivals.telemetry);
  const failureOf = async (): Promise<DeliveryFailedError> =>
    redelivery.deliver(storedCallback(), ATTEMPT).then(
      () => {
        throw new Error('it was delivered');
      },
      (error: unknown) => error as DeliveryFailedError,
    );
  return { arrivals, redelivery, requests, seen, failureOf };
}

describe.each(PLATFORMS)('a stored callback on %s', (platform) => {
  it('comes as the request that brought it', async () => {
    const { arrivals, redelivery, requests } = start(204, { isCompleted: true }, platform);
    const headers = { host: 'video.example', 'x-request-id': '7', 'x-many': ['a', 'b'] };
    const url = '/video/archives?tenant=7';
    await redelivery.deliver(storedCallback({ request: { url, headers, remoteAddress: '192.0.2.7' } }), ATTEMPT);

    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: 'POST', url, socket: { remoteAddress: '192.0.2.7' } });
    expect(requests[0]?.headers).toMatchObject({ ...headers, 'x-many': 'a, b' });
    expect(arrivals.ends).toEqual({});
  });

  it('comes with its bytes, read already', async () => {
    const { redelivery, requests } = start(204, { isCompleted: true }, platform);
    await redelivery.deliver(storedCallback({ body: 'e/99' }), ATTEMPT);
    const [request] = requests;

    expect(request && IncomingBody.of(request)?.reading).toEqual({
      state: 'complete',
      bytes: Buffer.from([0x7b, 0xff, 0x7d]),
    });
  });
});

describe('a stored callback', () => {
  it('comes with what was verified, which attempt it is, and what an instrumentation left with it', async () => {
    const { redelivery, seen } = start(204, { isCompleted: true });
    const stored = storedCallback();
    const traceContext = { traceparent: '00-1-2-01' };
    await redelivery.deliver(stored, ATTEMPT);
    await redelivery.deliver({ ...stored, traceContext }, ATTEMPT);

    const fresh = { isTold: false, isCompleted: false, isReached: false, isUnusable: false };
    const attempt = { ...ATTEMPT, firstReceivedAt: new Date(stored.receivedAt) };
    expect(seen).toEqual([
      { token: stored.token, attempt, traceContext: {}, ...fresh },
      { token: stored.token, attempt, traceContext, ...fresh },
    ]);
  });

  it.each([200, 204, 299])('is delivered when its method completed and the answer is %d', async (status) => {
    const { arrivals, redelivery } = start(status, { isCompleted: true, isTold: true });
    await redelivery.deliver(storedCallback(), ATTEMPT);

    expect(arrivals.ends).toEqual({});
  });

  it.each([
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
    [200, { isReached: true }, 'the method did not complete'],
    [500, { isReached: true }, 'the method did not complete'],
    [400, { isReached: true, isUnusable: true }, 'the body cannot be used'],
    [500, { isReached: true, isCompleted: true }, 'after the method completed'],
    [300, { isReached: true, isCompleted: true }, 'after the method completed'],
    [199, { isReached: true, isCompleted: true }, 'after the method completed'],
  ])('is not delivered when the answer is %d after %j', async (status, fate, reason) => {
    const { arrivals, failureOf } = start(status, fate);
    const message = `answered ${status}: ${reason}`;
    const error = await failureOf();

    expect(error).toMatchObject({ name: 'DeliveryFailedError', message });
    expect(arrivals.observed.outcomes.failed).toMatchObject([{ error, attempt: ATTEMPT }]);
    expect(arrivals.ends).toEqual({ failed: 1 });
  });

  it('is tried no more when its body cannot be used, and is otherwise', async () => {
    expect(await start(400, { isUnusable: true, isTold: true }).failureOf()).toMatchObject({ next: 'give-up' });
    expect(await start(500, { isReached: true, isTold: true }).failureOf()).toMatchObject({ next: 'retry' });
  });

  it('whose failure the operator was told of is not told of twice', async () => {
    const { arrivals, failureOf } = start(500, { isReached: true, isTold: true });
    await failureOf();

    expect(arrivals.ends).toEqual({});
  });

  it('that was told as completed is told as failed when the answer is none of success', async () => {
    const { arrivals, failureOf } = start(500, { isReached: true, isCompleted: true, isTold: true });
    await failureOf();

    expect(arrivals.ends).toEqual({ failed: 1 });
  });
});
