import { BadRequestException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { parseJson, signedBytes, UnusableBody } from '../../lib/payload/callback-body.js';
import { InvalidPayloadException } from '../../lib/payload/invalid-payload.exception.js';
import { type BodyReading } from '../../lib/request/body-reading.js';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { contextOf } from '../support/arriving-request.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const BYTES = Buffer.from('{}');

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

describe('the body of a callback', () => {
  it('is what was read of it, whatever others say', () => {
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
  ])('that is %s cannot be used', (state, error) => {
    expect(() => bodyOf({ reading: { state }, rawBody: BYTES })).toThrow(error);
  });

  it('that was left unread is not available', () => {
    expect(() => bodyOf({ reading: { state: 'unread', putBack: 0, spentMs: 0 } })).toThrow(
      expect.objectContaining({
        name: 'TooManyBodiesError',
        code: 'ERR_CALLBACKS_TOO_MANY_BODIES',
        message: 'the process keeps the bodies of too many callbacks at once: check for slow methods or large bodies.',
      }),
    );
  });

  it('that something else has read before is what others kept of it', () => {
    expect(bodyOf({ rawBody: BYTES, body: {} })).toBe(BYTES);
    expect(bodyOf({ body: BYTES })).toBe(BYTES);
    expect(bodyOf({ rawBody: '{}', body: BYTES })).toBe(BYTES);
    expect(() => bodyOf({ rawBody: BYTES, headers: { 'content-type': 'text/plain' } })).toThrow(NOT_JSON);
    expect(() => bodyOf({ rawBody: BYTES, headers: { 'content-encoding': 'gzip' } })).toThrow(COMPRESSED);
    expect(() => bodyOf({ rawBody: '{}', body: {} })).toThrow(UNAVAILABLE);
    expect(() => bodyOf({})).toThrow(UNAVAILABLE);
  });

  it('is on Fastify also what a middleware kept of it on the request of Node', () => {
    const raw = Object.assign(new IncomingMessage(new Socket()), { headers: JSON_TYPE, rawBody: BYTES });
    const platform = { raw } as unknown as IncomingMessage;

    expect(signedBytes(CallbackRequest.of(contextOf(platform)), { state: 'consumed' })).toBe(BYTES);
  });
});

describe('parseJson()', () => {
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

describe('a body that cannot be used', () => {
  const violations = [{ path: 'id', message: 'is missing' }];

  it('carries what is wrong with it, and its bytes where they are complete', () => {
    const rawBody = Buffer.from('{}');

    expect(new UnusableBody(400, violations, rawBody)).toMatchObject({ name: 'UnusableBody', status: 400, violations });
    expect(new UnusableBody(400, violations, rawBody).rawBody).toBe(rawBody);
    expect(new UnusableBody(413, violations).rawBody).toBeUndefined();
  });

  it('is answered 400 without detail, and an exception filter sees the violations', () => {
    const exception = new InvalidPayloadException(violations);

    expect(exception).toBeInstanceOf(BadRequestException);
    expect(exception).toMatchObject({ name: 'InvalidPayloadException', violations });
    expect([exception.getStatus(), exception.getResponse()]).toEqual([
      400,
      { message: 'Bad Request', statusCode: 400 },
    ]);
  });
});
