import { type HttpException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { type BodyReading } from '../../lib/payload/body-reader.js';
import { bodyReading, defineLazyBody, keepReading } from '../../lib/payload/raw-body.js';

interface Request {
  body?: unknown;
}

const complete = (body: string): BodyReading => ({ state: 'complete', bytes: Buffer.from(body) });

function requestWith(reading: BodyReading): Request {
  const request: Request = { body: 'of somebody else' };
  defineLazyBody(request, reading);
  return request;
}

function statusOf(read: () => unknown): number | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return (error as HttpException).getStatus();
  }
}

describe('what became of a body', () => {
  it('is kept with its request, and cannot be seen there', () => {
    const [request, other] = [new IncomingMessage(new Socket()), new IncomingMessage(new Socket())];
    const members = Reflect.ownKeys(request);
    keepReading(request, complete('{}'));

    expect(bodyReading(request)).toEqual(complete('{}'));
    expect(bodyReading(other)).toBeUndefined();
    expect(Reflect.ownKeys(request)).toEqual(members);
  });
});

describe('a body that is parsed when it is asked for', () => {
  it('is what the JSON says, the same each time', () => {
    const request = requestWith(complete('{"a":1}'));
    const { body } = request;

    expect(body).toEqual({ a: 1 });
    expect(request.body).toBe(body);
  });

  it('is an empty object where nothing was sent', () => {
    expect(requestWith(complete('')).body).toEqual({});
  });

  it.each<[state: Exclude<BodyReading['state'], 'complete'>, status: number]>([
    ['encoded', 415],
    ['not-json', 415],
    ['too-large', 413],
    ['timed-out', 408],
    ['aborted', 400],
    ['consumed', 400],
  ])('that is %s is answered %d, each time', (state, status) => {
    const request = requestWith({ state });

    expect([statusOf(() => request.body), statusOf(() => request.body)]).toEqual([status, status]);
  });

  it('that is no JSON is answered 400', () => {
    expect(statusOf(() => requestWith(complete('{"a":')).body)).toBe(400);
  });

  it('can be replaced before and after it was parsed, as any other', () => {
    const request = requestWith(complete('{"a":1}'));
    request.body = 'first';
    expect(request.body).toBe('first');
    request.body = 'second';
    expect(request.body).toBe('second');

    const parsed = requestWith(complete('{"a":1}'));
    expect(parsed.body).toEqual({ a: 1 });
    parsed.body = 'third';
    expect(parsed.body).toBe('third');
  });

  it.each<[when: string, (request: Request) => unknown]>([
    ['before it is parsed', () => undefined],
    ['once it is parsed', ({ body }) => body],
    ['once it is replaced', (request) => (request.body = 'another')],
  ])('can be listed and removed %s', (_, use) => {
    const request = requestWith(complete('{"a":1}'));
    use(request);

    expect(Object.keys(request)).toEqual(['body']);
    expect(delete request.body).toBe(true);
    expect(request.body).toBeUndefined();
  });

  it('is seen through an object that is derived from the request, and may be another there', () => {
    const request = requestWith(complete('{"a":1}'));
    const derived = Object.create(request) as Request;
    expect(derived.body).toEqual({ a: 1 });
    derived.body = 'of the derived';

    expect([derived.body, request.body]).toEqual(['of the derived', { a: 1 }]);
  });

  it('is parsed anew each time where the request is frozen', () => {
    const request = Object.freeze(requestWith(complete('{"a":1}')));

    expect(request.body).toEqual({ a: 1 });
    expect(request.body).toEqual({ a: 1 });
  });

  it('is that of the last reading', () => {
    const request = requestWith(complete('{"a":1}'));
    defineLazyBody(request, complete('{"a":2}'));

    expect(request.body).toEqual({ a: 2 });
  });

  it('is none of an object that takes over the property and nothing else', () => {
    const { body } = Object.getOwnPropertyDescriptors(requestWith(complete('{"a":1}')));
    const other: Request = {};
    Object.defineProperty(other, 'body', body ?? {});

    expect(other.body).toBeUndefined();
  });
});
