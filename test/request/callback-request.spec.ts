import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { ArchiveCallback } from '../../lib/index.js';
import { VIDEO_CALLBACK_KIND } from '../../lib/request/callback-kind.metadata.js';
import { CallbackRequest, isDelivery, UnsecuredRouteError } from '../../lib/request/callback-request.js';
import { verifiedToken } from '../delivery/arrivals.js';
import { arrivingRequest, contextOf } from '../support/arriving-request.js';
import { Connection } from '../support/connection.js';
import { SentRequest } from '../support/incoming.js';
import { signed, signToken } from '../support/signer.js';
import { until } from '../support/until.js';

const HEADERS = { host: 'a', 'content-length': '2', 'content-type': 'application/json', accept: '*/*' };
const bearer = (claims: unknown) => ({ authorization: `Bearer ${signToken({ alg: 'HS256' }, claims)}` });

describe('CallbackRequest', () => {
  it('belongs to its request, and is not visible on it', () => {
    const [request, other] = [new SentRequest(), new SentRequest()];
    const members = Reflect.ownKeys(request);
    const known = CallbackRequest.at(request);

    expect(CallbackRequest.at(request)).toBe(known);
    expect(CallbackRequest.find(request)).toBe(known);
    expect(CallbackRequest.find(other)).toBeUndefined();
    expect(Reflect.ownKeys(request)).toEqual(members);
  });

  it("finds Node's request, whether the platform wraps it, adds to it or has another class for HTTP/2", () => {
    const request = new SentRequest();
    const response = new ServerResponse(request);
    // Only what is Node's own may have something else as `raw`.
    const added = Object.assign(new SentRequest(), { raw: {} });
    const answer = Object.assign(new ServerResponse(added), { raw: {} });
    const [http2, http2Answer] = [{}, {}];
    const found = [
      [{ raw: request }, { raw: response }],
      [added, answer],
      [http2, http2Answer],
    ].map((platform) => {
      const [message, reply] = platform as [IncomingMessage, ServerResponse];
      const known = CallbackRequest.of(contextOf(message, reply));
      return [known.message, known.response];
    });

    expect(found[0]?.[0]).toBe(request);
    expect(found[0]?.[1]).toBe(response);
    expect(found[1]?.[0]).toBe(added);
    expect(found[1]?.[1]).toBe(answer);
    expect(found[2]?.[0]).toBe(http2);
    expect(found[2]?.[1]).toBe(http2Answer);
  });

  it('hides headers from parsers and shows them again', () => {
    const request = new SentRequest({ ...HEADERS });
    const known = CallbackRequest.at(request);
    known.hideBody(['content-length', 'transfer-encoding']);
    expect(Object.keys(request.headers)).toEqual(['host', 'content-type', 'accept']);
    known.hideBody(['content-length', 'content-type']);
    expect(Object.keys(request.headers)).toEqual(['host', 'accept']);

    known.unhideBody();
    known.unhideBody();
    // Node refuses to send a header that is there and undefined.
    expect(request.headers).toStrictEqual(HEADERS);
  });

  it('does not change a header that something has set meanwhile', () => {
    const request = new SentRequest({ ...HEADERS });
    const known = CallbackRequest.at(request);
    known.hideBody(['content-length']);
    request.headers['content-length'] = '7';
    known.unhideBody();

    expect(request.headers['content-length']).toBe('7');
  });

  it('hides nothing of headers that are frozen', () => {
    const request = new SentRequest(Object.freeze({ ...HEADERS }));
    const known = CallbackRequest.at(request);
    known.hideBody(['content-length']);
    known.unhideBody();

    expect(request.headers).toEqual(HEADERS);
  });

  it('reads its token once', () => {
    const message = new SentRequest(bearer({ iss: 'Vonage' }));
    const { unverified } = CallbackRequest.at(message);
    message.headers = {};

    expect(unverified.claims).toEqual({ iss: 'Vonage' });
    expect(CallbackRequest.at(message).unverified).toBe(unverified);
  });

  it('keeps what a token holds up to 2048 characters', () => {
    // The longest token of that length: 20 characters of the header, 43 of the signature, 2 points.
    const request = CallbackRequest.at(new SentRequest(bearer({ long: 'x'.repeat(1476) })));
    expect(request.unverified.text).toHaveLength(2048);
    expect(request.unverified).toBe(request.unverified);

    const longer = CallbackRequest.at(new SentRequest(bearer({ long: 'x'.repeat(1477) })));
    expect(longer.unverified).toEqual(longer.unverified);
    expect(longer.unverified).not.toBe(longer.unverified);
  });

  it('rejects repeated tokens, also where Node keeps the first of several', () => {
    const message = new SentRequest(bearer({}));
    message.rawHeaders = ['Authorization', 'Bearer a', 'host', 'authorization', 'AUTHORIZATION', 'Bearer b'];

    expect(() => CallbackRequest.at(message).unverified).toThrow(
      expect.objectContaining({ reason: 'authorization_repeated' }),
    );
  });

  it('does not confuse the value of another header with a name', () => {
    const message = new SentRequest();
    const { authorization } = bearer({ iss: 'Vonage' });
    message.rawHeaders = ['x-kind', 'authorization', 'host', 'a', 'authorization', authorization];

    expect(CallbackRequest.at(message).unverified.claims).toEqual({ iss: 'Vonage' });
  });

  it('has one trace context, or that of the redelivery', () => {
    const request = CallbackRequest.at(new SentRequest());
    const { traceContext } = request;
    expect(traceContext).toEqual({});
    expect(request.traceContext).toBe(traceContext);

    const stored = { traceparent: '00-1' };
    const attempt = { attempt: 1, of: 40, firstReceivedAt: new Date() };
    request.redelivery = { id: 'archive-1', token: verifiedToken(), attempt, traceContext: stored, state: 'sent' };
    expect(request.traceContext).toBe(stored);
  });

  it('throws for a token, an attempt and content that were not verified', () => {
    const request = CallbackRequest.of(contextOf(new SentRequest()));
    const unsecured = expect.objectContaining({
      name: 'UnsecuredRouteError',
      code: 'ERR_CALLBACKS_UNSECURED_ROUTE',
      message:
        'VideoController.onArchive asks for a verified callback but there is none: add @VideoCallback(kind) to the ' +
        'method or to one of its parameters, and in tests do not replace SecureCallbackGuard or DeliveryInterceptor.',
    });

    expect(() => request.token).toThrow(unsecured);
    expect(() => request.attempt).toThrow(unsecured);
    request.admit(verifiedToken());
    expect(request.token).toEqual(verifiedToken());
    expect(request.attempt).toMatchObject({ attempt: 1, of: 1 });
    expect(() => request.content).toThrow(unsecured);
    expect(request.isShown).toBe(false);
  });

  it('keeps the token as the guard has verified it when the body tells its kind', () => {
    const request = CallbackRequest.of(contextOf(new SentRequest()));
    expect(() => request.tokenAlone).toThrow(UnsecuredRouteError);
    request.admit(verifiedToken());
    request.admit(verifiedToken({ kind: 'sip' }));

    expect(request.token).toEqual(verifiedToken({ kind: 'sip' }));
    expect(request.tokenAlone).toEqual(verifiedToken());
  });

  it('has the kinds of its method', () => {
    const method = (): void => undefined;
    const request = CallbackRequest.of(Object.assign(contextOf(new SentRequest()), { getHandler: () => method }));
    expect(request.kinds).toEqual([]);
    expect(request.unavailableKeys).toEqual([]);
    Reflect.defineMetadata(VIDEO_CALLBACK_KIND, ['session', 'sip'], method);

    expect(request.kinds).toEqual(['session', 'sip']);
  });

  it('returns the content that was checked', () => {
    const request = CallbackRequest.at(new SentRequest());
    const [rawBody, payload, callback] = [Buffer.from('{}'), {}, new ArchiveCallback()];
    const content = { rawBody, bodyHash: '', isBodyVerified: true, payload, callback, setAside: [] };
    request.content = content;

    expect(request.content).toBe(content);
  });

  it('has the address that the platform reports, if it is one', () => {
    expect(CallbackRequest.of(contextOf(arrivingRequest('/', {}, { ip: '192.0.2.7:51514' }))).address).toBe(
      '192.0.2.7',
    );
    expect(CallbackRequest.of(contextOf(arrivingRequest('/', {}, { ip: 'unknown' }))).address).toBeUndefined();
  });

  it('has no route before it has reached a method', () => {
    expect(() => CallbackRequest.at(new SentRequest()).route).toThrow('This request has not reached a method yet.');
  });
});

describe('isDelivery', () => {
  it('is true of a stored callback only', () => {
    const message = new SentRequest();
    expect(isDelivery(contextOf(message))).toBe(false);
    expect(CallbackRequest.find(message)).toBeUndefined();
    const attempt = { attempt: 1, of: 40, firstReceivedAt: new Date() };
    CallbackRequest.at(message).redelivery = {
      id: 'archive-1',
      token: verifiedToken(),
      attempt,
      traceContext: {},
      state: 'sent',
    };

    expect(isDelivery(contextOf(message))).toBe(true);
    expect(isDelivery(contextOf(message, undefined, 'rpc'))).toBe(false);
  });

  it('is false for any message that did not arrive over HTTP', () => {
    const message = new SentRequest();

    expect(isDelivery(contextOf(message, undefined, 'rpc'))).toBe(false);
    expect(CallbackRequest.find(message)).toBeUndefined();
  });
});

describe('CallbackRequest.hangUp', () => {
  let server: Server;
  let sender: Connection;
  let response: ServerResponse;

  beforeEach(async () => {
    server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    sender = await Connection.open((server.address() as AddressInfo).port);
    const arrived = once(server, 'request') as Promise<[unknown, ServerResponse]>;
    sender.request('/', signed({}));
    [, response] = await arrived;
  });
  afterEach(() => {
    sender.close();
    server.close();
  });

  const hangUp = (): AbortSignal => CallbackRequest.of(contextOf(response.req, response)).hangUp();

  it('is aborted when the sender hangs up, and not before', async () => {
    const signal = hangUp();
    expect(signal.aborted).toBe(false);
    sender.abort();
    await until(() => response.closed);

    expect(signal.aborted).toBe(true);
  });

  it('is aborted at once if the sender hung up before', async () => {
    sender.abort();
    await until(() => response.closed);

    expect(hangUp().aborted).toBe(true);
  });
});
