import { BadRequestException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { isEncoded, isJson, parseJson, showBody, signedBytes, UnusableBody } from '../../lib/payload/callback-body.js';
import { InvalidPayloadException } from '../../lib/payload/invalid-payload.exception.js';
import { type BodyReading } from '../../lib/request/body-reading.js';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { contextOf } from '../support/arriving-request.js';
import { SentRequest } from '../support/incoming.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const BYTES = Buffer.from('{}');

describe('signedBytes', () => {
  interface Arrived {
    readonly headers?: Readonly<Record<string, string>>;
    /** What our own reader made of it. */
    readonly reading?: BodyReading;
    /** What others left on the request. */
    readonly rawBody?: unknown;
    readonly body?: unknown;
  }

  /** The body of a request of Node's. */
  function bodyOf({ headers = JSON_TYPE, reading = { state: 'consumed' }, ...left }: Arrived): Buffer {
    const request = Object.assign(new IncomingMessage(new Socket()), { headers }, left);
    return signedBytes(CallbackRequest.of(contextOf(request)), reading);
  }

  const unusable = (status: number, message: string) =>
    expect.objectContaining({
      name: 'UnusableBody',
      code: 'ERR_CALLBACKS_UNUSABLE_BODY',
      status,
      violations: [{ path: '', message }],
      rawBody: undefined,
    });
  const COMPRESSED = unusable(415, 'the body is compressed (Content-Encoding): which bytes were signed is not known');
  const NOT_JSON = unusable(415, 'the Content-Type is not application/json');
  const UNAVAILABLE = expect.objectContaining({
    name: 'RawBodyUnavailableError',
    code: 'ERR_CALLBACKS_RAW_BODY_UNAVAILABLE',
    message:
      'the raw body is not available: something read it before this module could (a body parser or another middleware ' +
      'on the Express or Fastify instance that was handed to NestFactory.create; on Fastify also a middleware of the ' +
      'application that collects the body). Register it on the Nest application, on Fastify as a preParsing hook, or ' +
      'let it keep the bytes as a Buffer in request.rawBody. Where a middleware rewrites URLs, this happens ' +
      'once: all further bodies are read first.',
  });

  it('returns what was read, whatever others say', () => {
    const others = { headers: { 'content-encoding': 'gzip' }, rawBody: Buffer.from('x'), body: Buffer.from('y') };

    expect(bodyOf({ reading: { state: 'complete', bytes: BYTES } })).toBe(BYTES);
    expect(bodyOf({ reading: { state: 'complete', bytes: BYTES }, ...others })).toBe(BYTES);
  });

  it.each<[state: Exclude<BodyReading['state'], 'complete' | 'consumed' | 'unread'>, error: unknown]>([
    ['encoded', COMPRESSED],
    ['not-json', NOT_JSON],
    ['too-large', unusable(413, 'the body is larger than bodyLimit')],
    ['timed-out', unusable(408, 'the body was not complete within bodyTimeout')],
    ['aborted', unusable(400, 'the connection ended before the body was complete')],
  ])('throws for a body that is %s', (state, error) => {
    expect(() => bodyOf({ reading: { state }, rawBody: BYTES })).toThrow(error);
  });

  it('throws for a body that was left unread', () => {
    expect(() => bodyOf({ reading: { state: 'unread', putBack: 0, spentMs: 0 } })).toThrow(
      expect.objectContaining({
        name: 'TooManyBodiesError',
        code: 'ERR_CALLBACKS_TOO_MANY_BODIES',
        message: 'the process keeps the bodies of too many callbacks at once: check for slow methods or large bodies.',
      }),
    );
  });

  it('returns what others kept of a body that they read before', () => {
    expect(bodyOf({ rawBody: BYTES, body: {} })).toBe(BYTES);
    expect(bodyOf({ body: BYTES })).toBe(BYTES);
    expect(bodyOf({ rawBody: '{}', body: BYTES })).toBe(BYTES);
    expect(() => bodyOf({ rawBody: BYTES, headers: { 'content-type': 'text/plain' } })).toThrow(NOT_JSON);
    expect(() => bodyOf({ rawBody: BYTES, headers: { 'content-encoding': 'gzip' } })).toThrow(COMPRESSED);
    expect(() => bodyOf({ rawBody: '{}', body: {} })).toThrow(UNAVAILABLE);
    expect(() => bodyOf({})).toThrow(UNAVAILABLE);
  });

  it("returns what a middleware on Fastify kept on Node's request", () => {
    const raw = Object.assign(new IncomingMessage(new Socket()), { headers: JSON_TYPE, rawBody: BYTES });
    const platform = { raw } as unknown as IncomingMessage;

    expect(signedBytes(CallbackRequest.of(contextOf(platform)), { state: 'consumed' })).toBe(BYTES);
  });
});

describe('showBody', () => {
  const complete = (body: string): BodyReading => ({ state: 'complete', bytes: Buffer.from(body) });

  interface Shown {
    body?: unknown;
    rawBody?: unknown;
  }

  function shown(reading: BodyReading | undefined, platform: Shown = {}, isShown = true): Shown {
    showBody(platform, Object.assign(CallbackRequest.at(new SentRequest()), { reading, isShown }));
    return platform;
  }

  it('sets the JSON and the bytes, and hides the bytes from copies of the request', () => {
    const request = shown(complete('{"a": 1}'));

    expect([request.body, String(request.rawBody)]).toEqual([{ a: 1 }, '{"a": 1}']);
    expect({ ...request }).toEqual({ body: { a: 1 } });
    expect(Object.getOwnPropertyDescriptor(request, 'body')).toEqual({
      value: { a: 1 },
      writable: true,
      enumerable: true,
      configurable: true,
    });
    expect(Object.getOwnPropertyDescriptor(request, 'rawBody')).toMatchObject({
      writable: true,
      enumerable: false,
      configurable: true,
    });
  });

  it.each([
    ['a long string', `["${'x'.repeat(2000)}"]`],
    ['1000 objects and lists', `[${'{},'.repeat(998)}{}]`],
  ])('sets JSON of %s', (_, body) => {
    expect(shown(complete(body)).body).toEqual(JSON.parse(body));
  });

  it('keeps a body that something else has set', () => {
    expect(shown(complete('{"a":1}'), { body: 'of a plugin' }).body).toBe('of a plugin');
  });

  it.each<[what: string, reading: BodyReading | undefined]>([
    ['not looked at', undefined],
    ['no JSON', complete('{"a":')],
    ['empty', complete('')],
    ['null', complete('null')],
    ['a number', complete('5')],
    ['a string', complete('"x"')],
    ['nested too deeply', complete('['.repeat(1001) + ']'.repeat(1001))],
    ['made of too many objects', complete(`[${'{},'.repeat(999)}{}]`)],
    ['compressed', { state: 'encoded' }],
    ['not declared as JSON', { state: 'not-json' }],
    ['too large', { state: 'too-large' }],
    ['late', { state: 'timed-out' }],
    ['not complete', { state: 'aborted' }],
    ['read by something else', { state: 'consumed' }],
    ['unread', { state: 'unread', putBack: 0, spentMs: 0 }],
  ])('sets no body that is %s', (_, reading) => {
    expect('body' in shown(reading)).toBe(false);
  });

  it('sets the bytes alone while too many bodies are parsed', () => {
    const platform = shown(complete('{"a":1}'), {}, false);

    expect([platform.body, String(platform.rawBody)]).toEqual([undefined, '{"a":1}']);
  });

  it('does not throw where the body cannot be replaced', () => {
    const request = Object.freeze({ body: 'fixed' });

    expect(shown(complete('{"a":1}'), request).body).toBe('fixed');
  });
});

describe('isJson', () => {
  it.each([
    'application/json',
    'APPLICATION/Json',
    '  application/json',
    'application/json  ',
    'application/json;charset=utf-8',
    'application/json  ; charset="UTF-8"',
    'application/cloudevents+json',
    'application/vnd.a-b_c.2+json',
  ])('is true of the type %j', (contentType) => {
    expect(isJson({ 'content-type': contentType })).toBe(true);
  });

  it.each([
    undefined,
    '',
    'json',
    'text/plain',
    'text/json',
    'x application/json',
    'xapplication/json',
    'application/jsonp',
    'application/json+xml',
    'application/json, text/plain',
    'application/+json',
    'application/a/b+json',
    'application/a b+json',
    'text/plain; like=application/json',
  ])('is false of the type %j', (contentType) => {
    expect(isJson({ 'content-type': contentType })).toBe(false);
  });
});

describe('isEncoded', () => {
  it.each(['gzip', 'br', 'x', 'identity, gzip'])('is true of the encoding %j', (encoding) => {
    expect(isEncoded({ 'content-encoding': encoding })).toBe(true);
  });

  it.each([undefined, '', '  ', 'identity', ' Identity '])('is false of the encoding %j', (encoding) => {
    expect(isEncoded({ 'content-encoding': encoding })).toBe(false);
  });
});

describe('parseJson', () => {
  it('reads UTF-8, with or without a byte order mark', () => {
    expect(parseJson(Buffer.from('{"name":"Grüße"}'))).toEqual({ name: 'Grüße' });
    expect(parseJson(Buffer.from('\ufeff{"a":1}'))).toEqual({ a: 1 });
  });

  it('drops members named __proto__', () => {
    expect(JSON.stringify(parseJson(Buffer.from('{"__proto__":{"a":1},"b":2}')))).toBe('{"b":2}');
  });

  it('throws for other bytes', () => {
    expect(() => parseJson(Buffer.from('{"name":"Gr\xfc\xdfe"}', 'latin1'))).toThrow(/not valid for encoding utf-8/);
    expect(() => parseJson(Buffer.from('{"a":'))).toThrow(SyntaxError);
    expect(() => parseJson(Buffer.alloc(0))).toThrow(SyntaxError);
  });
});

const VIOLATIONS = [{ path: 'id', message: 'is missing' }];

describe('UnusableBody', () => {
  it('has the violations, and the bytes where they are complete', () => {
    const error = new UnusableBody(400, VIOLATIONS, BYTES);

    expect(error).toMatchObject({ name: 'UnusableBody', status: 400, violations: VIOLATIONS });
    expect(error.rawBody).toBe(BYTES);
    expect(new UnusableBody(413, VIOLATIONS).rawBody).toBeUndefined();
  });
});

describe('InvalidPayloadException', () => {
  it('answers 400 without detail, and has the violations for an exception filter', () => {
    const exception = new InvalidPayloadException(VIOLATIONS);

    expect(exception).toBeInstanceOf(BadRequestException);
    expect(exception).toMatchObject({ name: 'InvalidPayloadException', violations: VIOLATIONS });
    expect([exception.getStatus(), exception.getResponse()]).toEqual([
      400,
      { message: 'Bad Request', statusCode: 400 },
    ]);
  });
});
