import { describe, expect, it, jest } from '@jest/globals';
import { type IncomingMessage } from 'node:http';
import { unusableIdentity } from '../../../lib/delivery/callback-identity.js';
import { DeliveryFailedError } from '../../../lib/delivery/inbox/stored-callback.js';
import { reportDead, reportFailed } from '../../../lib/delivery/inbox/stored-report.js';
import { InboxDelivery } from '../../../lib/delivery/inbox/inbox-delivery.js';
import { toStored } from '../../../lib/delivery/inbox/to-stored.js';
import { DirectDelivery } from '../../../lib/delivery/delivery.js';
import { CallbackRequest } from '../../../lib/request/callback-request.js';
import { CallbackReport } from '../../../lib/telemetry/callback-report.js';
import { useFakeTimers } from '../../support/clock.js';
import { fateOf, PENDING, resolvedTo } from '../../support/fate.js';
import { arrivingRequest, contextOf } from '../../support/arriving-request.js';
import { Arrivals, storedCallback, verifiedToken } from '../arrivals.js';
import { MemoryInbox } from '../../support/memory-inbox.js';
import { unavailable, hanging } from '../remote-ledger.js';
import { storeOf } from '../stores.js';

const firstReceivedAt = new Date(1_700_000_000_123);
const BODY = Buffer.from([0x7b, 0xff, 0x7d]);

/** A request whose sender is verified. */
function admitted(message: IncomingMessage): CallbackRequest {
  const request = CallbackRequest.of(contextOf(message));
  request.admit(verifiedToken(), { attempt: 1, of: 1, firstReceivedAt });
  return request;
}

const storedRequest = (message: IncomingMessage) => toStored('archive-1', admitted(message), BODY).request;

describe('a request as it is stored', () => {
  const headersOf = (headers: IncomingMessage['headers']) => storedRequest(arrivingRequest('/', headers)).headers;

  it('has its headers', () => {
    const headers = { host: 'video.example', 'content-type': 'application/json', 'set-cookie': ['a', 'b'] };

    expect(headersOf(headers)).toEqual(headers);
  });

  it.each([
    'authorization',
    'proxy-authorization',
    'cookie',
    'connection',
    'content-length',
    'expect',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ])('has none of its secrets, nor what belonged to its connection: %s', (name) => {
    expect(headersOf({ [name]: 'x', host: 'video.example' })).toEqual({ host: 'video.example' });
  });

  it('has the host of HTTP/2 as HTTP/1 names it, unless it has one', () => {
    expect(headersOf({ ':authority': 'video.example', ':path': '/', ':scheme': 'https' })).toEqual({
      host: 'video.example',
    });
    expect(headersOf({ ':authority': 'other.example', host: 'video.example' })).toEqual({ host: 'video.example' });
  });

  it('has no header without a value, and none whose name merely ends as those of HTTP/2 begin', () => {
    expect(headersOf({ 'x-nothing': undefined, 'x-odd:': 'kept' })).toStrictEqual({ 'x-odd:': 'kept' });
  });

  it('has the whole path that was sent, and / where nobody knows it', () => {
    expect(storedRequest(arrivingRequest('/video?tenant=7', {})).url).toBe('/video?tenant=7');
    expect(storedRequest(arrivingRequest('/archives', {}, { originalUrl: '/video/archives' })).url).toBe(
      '/video/archives',
    );
    expect(storedRequest(arrivingRequest(undefined, {})).url).toBe('/');
  });

  it('has the address of its peer, and the own one where nobody knows it', () => {
    const request = arrivingRequest('/', {});
    expect(storedRequest(request).remoteAddress).toBe('127.0.0.1');
    Object.defineProperty(request.socket, 'remoteAddress', { value: '192.0.2.7' });

    expect(storedRequest(request).remoteAddress).toBe('192.0.2.7');
  });
});

describe('a callback as it is stored', () => {
  const request = (ip?: string) =>
    admitted(arrivingRequest('/video/archives', { host: 'video.example' }, ip === undefined ? {} : { ip }));

  it('has its bytes, its token, its request and where it was sent', () => {
    const received = request();

    expect(toStored('archive-1', received, BODY)).toStrictEqual({
      format: 1,
      id: 'archive-1',
      token: received.token,
      body: 'e/99',
      request: { url: '/video/archives', headers: { host: 'video.example' }, remoteAddress: '127.0.0.1' },
      receivedAt: 1_700_000_000_123,
      route: 'VideoController.onArchive',
    });
  });

  it('has the address of its sender, and what an instrumentation left with it, where there is such', () => {
    const traceContext = { traceparent: '00-1-2-01' };
    const traced = request('192.0.2.7');
    Object.assign(traced.traceContext, traceContext);

    expect(toStored('archive-1', traced, BODY)).toMatchObject({ address: '192.0.2.7', traceContext });
    expect(toStored('archive-1', request(), BODY)).not.toHaveProperty('traceContext');
  });
});

describe('reportFailed', () => {
  it.each([
    [{ attempt: 2, of: 40 }, 'retry', 'retry'],
    [{ attempt: 40, of: 40 }, 'retry', 'dead'],
    [{ attempt: 1, of: 40 }, 'give-up', 'dead'],
  ] as const)('reports what was stored, and what follows %j with %s', (attempt, next, follows) => {
    const arrivals = new Arrivals();
    const stored = storedCallback({ address: '192.0.2.7', token: verifiedToken({ kind: 'sip', secretPosition: 1 }) });
    const failure = new DeliveryFailedError('no', next);
    reportFailed(stored, attempt, failure, arrivals.telemetry);

    expect(arrivals.observed.outcomes.failed).toMatchObject([
      {
        kind: 'sip',
        jti: 'token-1',
        route: 'VideoController.onArchive',
        address: '192.0.2.7',
        attempt: { ...attempt, firstReceivedAt: new Date(stored.receivedAt) },
        error: failure,
        next: follows,
      },
    ]);
  });
});

describe('reportDead', () => {
  it('has no id for what was stored without a text as one', () => {
    const arrivals = new Arrivals();
    for (const id of [7, undefined]) {
      reportDead({ ...storedCallback(), id }, { attempt: 1, of: 40 }, new Error('no'), arrivals.telemetry);
    }

    expect(arrivals.observed.outcomes.dead).toMatchObject([{ id: 'unknown' }, { id: 'unknown' }]);
  });

  it('repeats nothing of what it cannot read but its id', () => {
    const arrivals = new Arrivals();
    const stored = { ...storedCallback({ id: 'archive-7' }), token: { kind: 'archive', projectId: 'untrusted' } };
    reportDead(stored, { attempt: 1, of: 40 }, new DeliveryFailedError('no', 'give-up'), arrivals.telemetry);

    expect(arrivals.observed.outcomes.dead).toMatchObject([
      { id: 'archive-7', kind: 'unknown', route: 'unknown', projectId: 'unknown', jti: 'unknown' },
    ]);
    const [dead] = arrivals.observed.outcomes.dead;
    expect(Math.abs(Number(dead?.attempt.firstReceivedAt) - Date.now())).toBeLessThan(60_000);
    expect(arrivals.logs.of('error').join()).toContain(
      'A job of the inbox is kept as failed, attempt 1 of 40: no. Fix the cause and redrive it (id archive-7).',
    );
  });
});

describe('a genuine callback whose body cannot be used', () => {
  useFakeTimers();
  const body = Buffer.from('{}');

  function start() {
    const arrivals = new Arrivals();
    const inbox = new MemoryInbox();
    const store = storeOf({ dependency: 'inbox' }, arrivals.telemetry);
    const delivery = new InboxDelivery(inbox, store, new DirectDelivery());
    const keep = () => {
      const request = admitted(arrivingRequest('/video/archives', {}));
      return delivery.keepUnusable(
        request,
        unusableIdentity(request.token, body),
        body,
        new CallbackReport(arrivals.telemetry, request),
      );
    };
    return { arrivals, inbox, keep };
  }

  it('is kept in the inbox under an identity of its own', async () => {
    const { arrivals, inbox, keep } = start();
    expect(await keep()).toBe(true);

    expect(inbox.stored).toMatchObject([
      { id: unusableIdentity(verifiedToken(), body), body: 'e30=', request: { url: '/video/archives' } },
    ]);
    expect(arrivals.ends).toEqual({});
  });

  it('is given up while the inbox is unavailable, which is reported, and so is its return', async () => {
    const { arrivals, inbox, keep } = start();
    inbox.reach = unavailable;
    expect(await keep()).toBe(false);
    expect(arrivals.observed.outcomes.unavailable).toMatchObject([
      { dependency: 'inbox', error: { message: 'connect ECONNREFUSED' }, route: 'VideoController.onArchive' },
    ]);
    inbox.reach = () => Promise.resolve();
    await jest.advanceTimersByTimeAsync(0);
    await keep();

    expect(arrivals.observed.outcomes.recovered).toEqual([{ dependency: 'inbox', missed: 1 }]);
  });

  it('is given up when the inbox has not answered within storageTimeout', async () => {
    const { arrivals, inbox, keep } = start();
    inbox.reach = hanging;
    const fate = fateOf(keep());
    await jest.advanceTimersByTimeAsync(1999);
    expect(fate()).toEqual(PENDING);
    await jest.advanceTimersByTimeAsync(1);

    expect(fate()).toEqual(resolvedTo(false));
    expect(arrivals.ends).toEqual({ unavailable: 1 });
  });
});
