import { BadRequestException } from '@nestjs/common';
import { describe, expect, it, jest } from '@jest/globals';
import { ServerResponse } from 'node:http';
import { InvalidPayloadException } from '../../lib/payload/invalid-payload.exception.js';
import { parseJson, UnusableBody } from '../../lib/payload/callback-body.js';
import { RawBodyReader } from '../../lib/payload/raw-body.reader.js';
import { CallbackTelemetry } from '../../lib/telemetry/callback-telemetry.js';
import { SentRequest } from '../support/incoming.js';
import { signed, signToken } from '../support/signer.js';

const GENUINE = signed({}).headers;
const bearer = (claims: unknown) => `Bearer ${signToken({ alg: 'HS256' }, claims)}`;

const LIMITS = { bodyLimit: 100, bodyTimeout: 1 };
const reader = new RawBodyReader(LIMITS, () => ['video/archives'], new CallbackTelemetry());

/** Every other request is passed on at once. */
function mayBeCallback(headers: Readonly<Record<string, string>>, method = 'POST', url = '/video/archives'): boolean {
  const request = Object.assign(new SentRequest(headers), { method, url });
  const passOn = jest.fn();
  reader.receive(request, new ServerResponse(request), passOn, passOn);
  return passOn.mock.calls.length === 0;
}

describe('a request that may be a callback', () => {
  it('is a POST to a secured method with a token that claims to be of Vonage, whoever signed it', () => {
    expect(mayBeCallback(GENUINE)).toBe(true);
    expect(mayBeCallback(signed({}, { secret: 'forged' }).headers)).toBe(true);
    expect(mayBeCallback({ ...GENUINE, 'content-type': 'text/plain' })).toBe(true);
    expect(mayBeCallback({ authorization: bearer({ iss: 'Vonage' }).replace('Bearer', 'bEARER') })).toBe(true);
  });

  it('is not sent elsewhere', () => {
    expect(mayBeCallback(GENUINE, 'POST', '/video')).toBe(false);
  });

  it.each(['GET', 'PUT', 'post'])('is not sent with %s', (method) => {
    expect(mayBeCallback(GENUINE, method)).toBe(false);
  });

  it.each<[token: string, headers: Readonly<Record<string, string>>]>([
    ['none', {}],
    ['a password', { authorization: 'Basic dXNlcjpwYXNzd29yZA==' }],
    ['one that cannot be read', { authorization: 'Bearer x' }],
    ['one of somebody else', { authorization: bearer({ iss: 'vonage' }) }],
    ['one of nobody', { authorization: bearer({}) }],
    ['one in a scheme of another name', { authorization: `X-${bearer({ iss: 'Vonage' })}` }],
  ])('has no token that is %s', (_, headers) => {
    expect(mayBeCallback(headers)).toBe(false);
  });
});

describe('JSON of a body', () => {
  it('is UTF-8, with or without a byte order mark', () => {
    expect(parseJson(Buffer.from('{"name":"Grüße"}'))).toEqual({ name: 'Grüße' });
    expect(parseJson(Buffer.from('\ufeff{"a":1}'))).toEqual({ a: 1 });
  });

  it('has no members named __proto__', () => {
    expect(JSON.stringify(parseJson(Buffer.from('{"__proto__":{"a":1},"b":2}')))).toBe('{"b":2}');
  });

  it('is not made of other bytes', () => {
    expect(() => parseJson(Buffer.from('{"name":"Gr\xfc\xdfe"}', 'latin1'))).toThrow(/not valid for encoding utf-8/);
    expect(() => parseJson(Buffer.from('{"a":'))).toThrow(SyntaxError);
    expect(() => parseJson(Buffer.alloc(0))).toThrow(SyntaxError);
  });
});

describe('a body that cannot be used', () => {
  const violations = [{ path: 'id', message: 'is missing' }];

  it('is known by what is wrong with it, and by its bytes where they are complete', () => {
    const rawBody = Buffer.from('{}');

    expect(new UnusableBody(400, violations, rawBody)).toMatchObject({ name: 'UnusableBody', status: 400, violations });
    expect(new UnusableBody(400, violations, rawBody).rawBody).toBe(rawBody);
    expect(new UnusableBody(413, violations).rawBody).toBeUndefined();
  });

  it('is answered 400 without detail, which an exception filter of the application finds', () => {
    const exception = new InvalidPayloadException(violations);

    expect(exception).toBeInstanceOf(BadRequestException);
    expect(exception).toMatchObject({ name: 'InvalidPayloadException', violations });
    expect([exception.getStatus(), exception.getResponse()]).toEqual([
      400,
      { message: 'Bad Request', statusCode: 400 },
    ]);
  });
});
