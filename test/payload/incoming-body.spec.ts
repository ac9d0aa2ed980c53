import { describe, expect, it } from '@jest/globals';
import { showBody } from '../../lib/payload/raw-body.reader.js';
import { type BodyReading, IncomingBody } from '../../lib/request/incoming-body.js';
import { SentRequest } from '../support/incoming.js';

const complete = (body: string): BodyReading => ({ state: 'complete', bytes: Buffer.from(body) });
const HEADERS = { host: 'a', 'content-length': '2', 'content-type': 'application/json', accept: '*/*' };

interface Shown {
  body?: unknown;
  rawBody?: unknown;
}

function shown(reading: BodyReading, request: Shown = {}): Shown {
  showBody(request, new IncomingBody(new SentRequest(), reading));
  return request;
}

describe('IncomingBody', () => {
  it('is kept with its request, and cannot be seen there', () => {
    const [request, other] = [new SentRequest(), new SentRequest()];
    const members = Reflect.ownKeys(request);
    const body = new IncomingBody(request, complete('{}'));

    expect(IncomingBody.of(request)).toBe(body);
    expect(IncomingBody.of(other)).toBeUndefined();
    expect(Reflect.ownKeys(request)).toEqual(members);
  });

  it('hides headers from parsers and shows them again, each in its place', () => {
    const request = new SentRequest({ ...HEADERS });
    const body = new IncomingBody(request, complete('{}'));
    body.hideFrom(['content-length', 'transfer-encoding']);
    expect(request.headers).toEqual({ ...HEADERS, 'content-length': undefined });
    body.hideFrom(['content-length', 'content-type']);
    expect(request.headers).toMatchObject({ 'content-length': undefined, 'content-type': undefined });

    body.show();
    body.show();
    expect(Object.entries(request.headers)).toEqual(Object.entries(HEADERS));
  });

  it('hides nothing of headers that are frozen', () => {
    const request = new SentRequest(Object.freeze({ ...HEADERS }));
    const body = new IncomingBody(request, complete('{}'));
    body.hideFrom(['content-length']);
    body.show();

    expect(request.headers).toEqual(HEADERS);
  });
});

describe('what is shown of a body', () => {
  it('is its JSON and its bytes, of which those who list or copy the request meet the JSON', () => {
    const request = shown(complete('{"a": 1}'));

    expect([request.body, String(request.rawBody)]).toEqual([{ a: 1 }, '{"a": 1}']);
    expect({ ...request }).toEqual({ body: { a: 1 } });
    expect(Object.getOwnPropertyDescriptor(request, 'body')).toEqual({
      value: { a: 1 },
      writable: true,
      enumerable: true,
      configurable: true,
    });
  });

  it.each<[what: string, reading: BodyReading]>([
    ['no JSON', complete('{"a":')],
    ['empty', complete('')],
    ['too long to be parsed for a sender who is not verified', complete(`"${'x'.repeat(102_400)}"`)],
    ['compressed', { state: 'encoded' }],
    ['not declared as JSON', { state: 'not-json' }],
    ['too large', { state: 'too-large' }],
    ['late', { state: 'timed-out' }],
    ['not complete', { state: 'aborted' }],
    ['read by something else', { state: 'consumed' }],
    ['unread', { state: 'unread', putBack: 0 }],
  ])('is nothing if it is %s', (_, reading) => {
    expect(shown(reading).body).toBeUndefined();
  });

  it('leaves a body alone that cannot be replaced', () => {
    const request = Object.freeze({ body: 'fixed' });

    expect(shown(complete('{"a":1}'), request).body).toBe('fixed');
  });
});
