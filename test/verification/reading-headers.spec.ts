import { describe, expect, it } from '@jest/globals';
import { bearerToken, headerValues } from '../../lib/verification/unverified-token.js';

type Value = string | readonly string[] | undefined;

const token = (authorization: Value): string => bearerToken({ authorization });

describe('the token of a request', () => {
  it.each<[authorization: Value, token: string]>([
    ['Bearer a.b.c', 'a.b.c'],
    ['bEARER x', 'x'],
    [['Bearer a.b.c'], 'a.b.c'],
    [`Bearer ${'x'.repeat(8192)}`, 'x'.repeat(8192)],
  ])('is read from %j', (authorization, expected) => {
    expect(token(authorization)).toBe(expected);
  });

  it.each<[authorization: Value, reason: string, message: RegExp]>([
    [undefined, 'authorization_missing', /^no Authorization header: the webhook has no signature secret set at Vonage/],
    [[], 'authorization_missing', /^no Authorization header/],
    [['Bearer a', 'Bearer a'], 'authorization_repeated', /^more than one Authorization header$/],
    ['', 'authorization_malformed', /^the Authorization header is not "Bearer" and one token$/],
    ['Bearer', 'authorization_malformed', /one token$/],
    ['Bearer ', 'authorization_malformed', /one token$/],
    ['Bearer a b', 'authorization_malformed', /one token$/],
    ['Bearer a,b', 'authorization_malformed', /one token$/],
    ['Bearer a ', 'authorization_malformed', /one token$/],
    [' Bearer a', 'authorization_malformed', /one token$/],
    ['X-Bearer a', 'authorization_malformed', /one token$/],
    [`Bearer ${'x'.repeat(8193)}`, 'token_too_long', /^the token is longer than 8192 characters$/],
  ])('is not read from %j', (authorization, reason, message) => {
    expect(() => token(authorization)).toThrow(
      expect.objectContaining({ reason, message: expect.stringMatching(message) }),
    );
  });
});

describe('the values of a header', () => {
  it('are found in a record of texts and lists', () => {
    expect(headerValues({ a: 'x' }, 'a')).toEqual(['x']);
    expect(headerValues({ a: ['x', 'y'] }, 'a')).toEqual(['x', 'y']);
    expect(headerValues({ a: undefined }, 'a')).toEqual([]);
    expect(headerValues({}, 'a')).toEqual([]);
  });

  it('are none of what a record inherits', () => {
    expect(headerValues(Object.create({ a: 'x' }) as Record<string, string>, 'a')).toEqual([]);
    expect(headerValues({}, 'constructor')).toEqual([]);
  });

  it('are found in Headers of the Fetch API, also an empty one', () => {
    expect(headerValues(new Headers({ a: 'x' }), 'a')).toEqual(['x']);
    expect(headerValues(new Headers({ a: '' }), 'a')).toEqual(['']);
    expect(headerValues(new Headers(), 'a')).toEqual([]);
  });

  it('are those of a header that is named get', () => {
    expect(headerValues({ get: 'x' }, 'get')).toEqual(['x']);
  });
});
