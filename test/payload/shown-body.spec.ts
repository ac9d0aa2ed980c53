import { describe, expect, it } from '@jest/globals';
import { showBody } from '../../lib/payload/callback-body.js';
import { type BodyReading } from '../../lib/request/body-reading.js';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { SentRequest } from '../support/incoming.js';

const complete = (body: string): BodyReading => ({ state: 'complete', bytes: Buffer.from(body) });

interface Shown {
  body?: unknown;
  rawBody?: unknown;
}

function shown(reading: BodyReading | undefined, platform: Shown = {}, isShown = true): Shown {
  showBody(platform, Object.assign(CallbackRequest.at(new SentRequest()), { reading, isShown }));
  return platform;
}

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
    expect(Object.getOwnPropertyDescriptor(request, 'rawBody')).toMatchObject({
      writable: true,
      enumerable: false,
      configurable: true,
    });
  });

  it.each([
    ['a long text', `["${'x'.repeat(2000)}"]`],
    ['1000 objects and lists', `[${'{},'.repeat(998)}{}]`],
  ])('is JSON of %s, too', (_, body) => {
    expect(shown(complete(body)).body).toEqual(JSON.parse(body));
  });

  it('is none that something has put in its place', () => {
    expect(shown(complete('{"a":1}'), { body: 'of a plugin' }).body).toBe('of a plugin');
  });

  it.each<[what: string, reading: BodyReading | undefined]>([
    ['not looked at', undefined],
    ['no JSON', complete('{"a":')],
    ['empty', complete('')],
    ['null', complete('null')],
    ['a number', complete('5')],
    ['a text', complete('"x"')],
    ['nested too deeply', complete('['.repeat(1001) + ']'.repeat(1001))],
    ['made of too many objects', complete(`[${'{},'.repeat(999)}{}]`)],
    ['compressed', { state: 'encoded' }],
    ['not declared as JSON', { state: 'not-json' }],
    ['too large', { state: 'too-large' }],
    ['late', { state: 'timed-out' }],
    ['not complete', { state: 'aborted' }],
    ['read by something else', { state: 'consumed' }],
    ['unread', { state: 'unread', putBack: 0, spentMs: 0 }],
  ])('is nothing if it is %s', (_, reading) => {
    expect('body' in shown(reading)).toBe(false);
  });

  it('is its bytes alone where there are too many of the kind to be parsed', () => {
    const platform = shown(complete('{"a":1}'), {}, false);

    expect([platform.body, String(platform.rawBody)]).toEqual([undefined, '{"a":1}']);
  });

  it('leaves a body alone that cannot be replaced', () => {
    const request = Object.freeze({ body: 'fixed' });

    expect(shown(complete('{"a":1}'), request).body).toBe('fixed');
  });
});
