import { describe, expect, it, jest } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { type BodyLimits } from '../../lib/payload/body-reader.js';
import { RawBodyReader } from '../../lib/payload/raw-body.reader.js';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { CallbackTelemetry } from '../../lib/telemetry/callback-telemetry.js';
import { contextOf } from '../support/arriving-request.js';
import { useStoppedTimers } from '../support/clock.js';
import { SentRequest } from '../support/incoming.js';
import { signed, signToken } from '../support/signer.js';

const MEBIBYTE = 1_048_576;

describe('RawBodyReader', () => {
  const { headers } = signed('');
  const stopTimers = useStoppedTimers();
  const request = (): SentRequest => Object.assign(new SentRequest({ ...headers }), { url: '/' });
  const start = (limits: Partial<BodyLimits> = {}, paths = ['/'], telemetry = new CallbackTelemetry()) =>
    new RawBodyReader({ bodyLimit: MEBIBYTE, bodyTimeout: 1, ...limits }, () => paths, telemetry);

  /** Resolves with the request once its body is read ahead. */
  const received = (
    reader: RawBodyReader,
    sent: SentRequest,
    response = new ServerResponse(sent),
  ): Promise<CallbackRequest> =>
    new Promise((resolve, reject) => {
      const passOn = (known: CallbackRequest | undefined): void => {
        if (known === undefined) reject(new Error('was not taken for a callback'));
        else resolve(CallbackRequest.of(contextOf(sent, response)));
      };
      reader.receive(sent, response, passOn, reject);
    });

  it('leaves bodies unread beyond its budget, once before their senders are verified and once after', async () => {
    const reader = start();
    const bytes = Buffer.alloc(MEBIBYTE, 'x');
    const states = { ahead: [] as unknown[], verified: [] as unknown[] };
    for (let count = 0; count < 65; count += 1) {
      const sent = request();
      const reading = received(reader, sent);
      sent.finish(bytes);
      const known = await reading;
      states.ahead.push(known.reading?.state);
      states.verified.push((await reader.readVerified(known)).state);
    }

    // Of each some KiB are free.
    expect(states.ahead).toEqual([...Array<string>(32).fill('complete'), ...Array<string>(33).fill('unread')]);
    expect(states.verified).toEqual([...Array<string>(64).fill('complete'), 'unread']);

    expect((await received(reader, request().finish('{}'))).reading?.state).toBe('complete');
  });

  it('gives a body that is read ahead and again bodyTimeout together', async () => {
    const reader = start();
    for (let count = 0; count < 32; count += 1) {
      await received(reader, request().finish(Buffer.alloc(MEBIBYTE, 'x')));
    }
    const slow = request();
    const ahead = received(reader, slow);
    await wait(300);
    slow.send(Buffer.alloc(900_000, 'x'));
    const known = await ahead;
    expect(known.reading?.state).toBe('unread');
    const startedAt = performance.now();

    expect(await reader.readVerified(known)).toEqual({ state: 'timed-out' });
    const waitedMs = performance.now() - startedAt;
    expect(waitedMs).toBeGreaterThan(100);
    expect(waitedMs).toBeLessThan(900);
  });

  describe('shows a body before its sender is verified', () => {
    const isShown = async (reader: RawBodyReader, length: number) =>
      (await received(reader, request().finish(Buffer.alloc(length, ' ')))).isShown;

    it('if it is small and complete', async () => {
      const reader = start({ bodyLimit: 20_000 });

      expect([await isShown(reader, 16_384), await isShown(reader, 16_385)]).toEqual([true, false]);
      expect(await isShown(reader, 20_001)).toBe(false);
    });

    it.each([
      ['32 MiB', 16_384, 256],
      ['four times the limit of a body', 16 * MEBIBYTE, 512],
    ])('as long as all of them may take less than %s once they are parsed', async (_, bodyLimit, most) => {
      const reader = start({ bodyLimit });
      const shown: boolean[] = [];
      for (let count = 0; count <= most; count += 1) shown.push(await isShown(reader, 16_384));

      expect(shown.lastIndexOf(true)).toBe(most - 1);
      expect(shown.at(-1)).toBe(false);
    });
  });

  describe('on a connection with 32 requests without an answer', () => {
    const crowded = async (version = 1) => {
      const telemetry = new CallbackTelemetry();
      const ended = jest.spyOn(telemetry, 'connectionEnded').mockReturnValue(undefined);
      const reader = start({}, ['/'], telemetry);
      const socket = new Socket();
      const next = () => Object.assign(request(), { socket, httpVersionMajor: version }).finish('{}');
      const responses: ServerResponse[] = [];
      for (let count = 0; count < 32; count += 1) {
        const sent = next();
        const response = new ServerResponse(sent);
        await received(reader, sent, response);
        responses.push(response);
      }
      expect(socket.destroyed).toBe(false);
      return { reader, socket, ended, next, responses };
    };

    it('ends the connection with the next request, which is not passed on', async () => {
      const { reader, socket, ended, next } = await crowded();
      const passOn = jest.fn();
      const sent = next();
      reader.receive(sent, new ServerResponse(sent), passOn, passOn);
      await nextTurn();

      expect(socket.destroyed).toBe(true);
      expect(ended).toHaveBeenCalledTimes(1);
      expect(passOn).not.toHaveBeenCalled();
    });

    it.each(['finish', 'close'])('reads the next after an answer, announced by %s', async (event) => {
      const { reader, ended, next, responses } = await crowded();
      responses[7]?.emit(event);

      expect((await received(reader, next())).reading?.state).toBe('complete');
      expect(ended).not.toHaveBeenCalled();
    });

    it('reads any number over HTTP/2', async () => {
      const { reader, ended, next } = await crowded(2);

      expect((await received(reader, next())).reading?.state).toBe('complete');
      expect(ended).not.toHaveBeenCalled();
    });
  });

  it('reads every path once a callback has come to an unknown one', async () => {
    const reader = start({}, ['/elsewhere']);
    const sent = request().finish('{}');
    await expect(received(reader, sent)).rejects.toThrow('was not taken for a callback');

    expect(await reader.readVerified(CallbackRequest.of(contextOf(sent)))).toMatchObject({ state: 'complete' });
    expect((await received(reader, request().finish('{}'))).reading?.state).toBe('complete');
  });

  it('passes a stored callback on with its bytes, and restores its headers after the answer', () => {
    const sent = request();
    const response = new ServerResponse(sent);
    const stored = CallbackRequest.at(sent);
    stored.reading = { state: 'complete', bytes: Buffer.from('{}') };
    const passOn = jest.fn();
    start().receive(sent, response, passOn, passOn);
    expect(passOn.mock.calls).toEqual([[stored]]);
    stored.hideBody(['content-type']);
    response.emit('finish');

    expect(sent.headers).toHaveProperty('content-type', 'application/json');
  });

  it('passes on every other request at once', () => {
    const sent = Object.assign(request(), { method: 'GET' });
    CallbackRequest.at(sent);
    const passOn = jest.fn();
    start().receive(sent, new ServerResponse(sent), passOn, passOn);

    expect(passOn.mock.calls).toEqual([[undefined]]);
  });

  it('reports that a body is not declared as JSON', async () => {
    const sent = new SentRequest({ ...headers, 'content-type': 'text/plain' });
    const known = await received(start(), Object.assign(sent, { url: '/' }).finish('{}'));

    expect(known.reading).toEqual({ state: 'not-json' });
  });

  it.each([
    ['what was not read ahead', undefined, 1],
    ['not what it finished when it was read ahead', { state: 'unread', putBack: 0, spentMs: 0 } as const, 0],
  ])('finishes %s once the answer is sent', async (_, reading, times) => {
    const sent = request().finish('{}');
    const response = new ServerResponse(sent);
    const known = CallbackRequest.of(contextOf(sent, response));
    known.reading = reading;
    expect(await start().readVerified(known)).toMatchObject({ state: 'complete' });
    const resume = jest.spyOn(sent, 'resume');
    response.emit('finish');

    expect(resume).toHaveBeenCalledTimes(times);
  });

  it('returns what it read ahead', async () => {
    const reader = start();
    const known = await received(reader, request().finish('{}'));

    expect(reader.readVerified(known)).toBe(known.reading);
  });

  it.each<[what: string, act: (sent: SentRequest) => unknown]>([
    ['is gone', (sent) => sent.destroy()],
    ['was read by something else', (sent) => once(sent.finish('{}').resume(), 'end')],
    ['is being read by something else', (sent) => sent.on('data', () => undefined)],
  ])('does not read a body that was left in the stream and %s', async (_, act) => {
    const sent = request();
    const known = CallbackRequest.of(contextOf(sent));
    const unread = { state: 'unread', putBack: 0, spentMs: 0 } as const;
    known.reading = unread;
    await act(sent);

    expect(await start().readVerified(known)).toBe(unread);
  });

  it.each([
    [1, 'close'],
    [2, undefined],
  ])('announces over HTTP/%d that the connection of a late body ends: %s', async (httpVersionMajor, connection) => {
    const sent = Object.assign(request(), { httpVersionMajor });
    const response = new ServerResponse(sent);
    const known = await received(start({ bodyTimeout: 0.01 }), sent, response);

    expect(known.reading).toEqual({ state: 'timed-out' });
    expect(response.getHeader('connection')).toBe(connection);
  });

  it('announces nothing for the connection of a body in time', async () => {
    const sent = request().finish('{}');
    const response = new ServerResponse(sent);
    await received(start(), sent, response);

    expect(response.getHeader('connection')).toBeUndefined();
  });

  describe('when the answer is sent', () => {
    /** A request that was answered before its body was complete: it is too large. */
    const answered = async (socket?: object) => {
      const timers = stopTimers();
      const sent = Object.assign(request(), socket);
      const response = new ServerResponse(sent);
      const ahead = received(start({ bodyLimit: 5 }), sent, response);
      sent.send('123456');
      const known = await ahead;
      known.hideBody(['content-type']);
      const resume = jest.spyOn(sent, 'resume');
      return { sent, response, known, timers, resume };
    };

    it('shows the headers again and reads what is left, once', async () => {
      const { sent, response, resume } = await answered();
      expect(sent.headers).not.toHaveProperty('content-type');
      response.emit('finish');
      response.emit('close');

      expect(sent.headers).toHaveProperty('content-type', 'application/json');
      expect(resume).toHaveBeenCalledTimes(1);
    });

    it('waits for the rest of the body up to bodyTimeout', async () => {
      const { sent, response, timers } = await answered();
      response.emit('finish');
      timers.forward(0.999);
      expect(sent.destroyed).toBe(false);
      timers.forward(0.001);

      expect(sent.destroyed).toBe(true);
    });

    it('waits no longer once the request is closed', async () => {
      const { sent, response, timers } = await answered();
      response.emit('finish');
      expect(timers.count).toBe(1);
      sent.emit('close');

      expect(timers.count).toBe(0);
    });

    it.each<[what: string, prepare: (sent: SentRequest) => unknown]>([
      ['is complete', (sent) => sent.finish()],
      ['is gone', (sent) => sent.destroy()],
      ['came over no connection', (sent) => Object.assign(sent, { socket: {} })],
    ])('waits for nothing of a request that %s', async (_, prepare) => {
      const { sent, response, timers } = await answered();
      prepare(sent);
      response.emit('finish');

      expect(timers.count).toBe(0);
    });

    it('ends the stream of a request over HTTP/2, unless it has ended', async () => {
      for (const closed of [false, true]) {
        const close = jest.fn();
        const stream = Object.assign(new EventEmitter(), { closed, close });
        const { response, known } = await answered({ httpVersionMajor: 2, stream });
        expect(known.reading?.state).toBe('too-large');
        response.emit('finish');
        expect(close).not.toHaveBeenCalled();
        stream.emit('finish');

        expect(close.mock.calls).toEqual(closed ? [] : [[0]]);
      }
    });
  });
});

const GENUINE = signed({}).headers;
const bearer = (claims: unknown) => `Bearer ${signToken({ alg: 'HS256' }, claims)}`;

const LIMITS = { bodyLimit: 100, bodyTimeout: 1 };
const reader = new RawBodyReader(LIMITS, () => ['video/archives'], new CallbackTelemetry());

/** Every other request is passed on at once. */
function mayBeCallback(headers: Readonly<Record<string, string>>, method = 'POST', url = '/video/archives'): boolean {
  const request = Object.assign(new SentRequest(headers), { method, url });
  const passOn = jest.fn();
  reader.receive(request, new ServerResponse(request), passOn, passOn);
  const isTaken = passOn.mock.calls.length === 0;
  request.finish('');
  return isTaken;
}

describe('RawBodyReader.receive', () => {
  it('reads a POST to a secured method with a token whose issuer is Vonage, whoever signed it', () => {
    expect(mayBeCallback(GENUINE)).toBe(true);
    expect(mayBeCallback(signed({}, { secret: 'forged' }).headers)).toBe(true);
    expect(mayBeCallback({ ...GENUINE, 'content-type': 'text/plain' })).toBe(true);
    expect(mayBeCallback({ authorization: bearer({ iss: 'Vonage' }).replace('Bearer', 'bEARER') })).toBe(true);
  });

  it('passes on a request to another path', () => {
    expect(mayBeCallback(GENUINE, 'POST', '/video')).toBe(false);
  });

  it.each(['GET', 'PUT', 'post'])('passes on the method %s', (method) => {
    expect(mayBeCallback(GENUINE, method)).toBe(false);
  });

  it.each<[token: string, headers: Readonly<Record<string, string>>]>([
    ['none', {}],
    ['a password', { authorization: 'Basic dXNlcjpwYXNzd29yZA==' }],
    ['one that cannot be read', { authorization: 'Bearer x' }],
    ['one of another issuer', { authorization: bearer({ iss: 'vonage' }) }],
    ['one without an issuer', { authorization: bearer({}) }],
    ['one in a scheme of another name', { authorization: `X-${bearer({ iss: 'Vonage' })}` }],
  ])('passes on a request with the token %s', (_, headers) => {
    expect(mayBeCallback(headers)).toBe(false);
  });
});
