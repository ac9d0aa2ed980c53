import { describe, expect, it } from '@jest/globals';
import { isJsonObject } from '../../lib/callbacks/json-object.js';
import { parseJsonText } from '../../lib/verification/json-text.js';
import { bearerToken, headerValues, parseToken, readToken } from '../../lib/verification/unverified-token.js';
import { base64url } from '../support/signer.js';

type Value = string | readonly string[] | undefined;

const tokenOf = (authorization: Value): string => bearerToken({ authorization });

describe('bearerToken', () => {
  it.each<[authorization: Value, token: string]>([
    ['Bearer a.b.c', 'a.b.c'],
    ['bEARER x', 'x'],
    [['Bearer a.b.c'], 'a.b.c'],
    [`Bearer ${'x'.repeat(8192)}`, 'x'.repeat(8192)],
  ])('reads the token of %j', (authorization, expected) => {
    expect(tokenOf(authorization)).toBe(expected);
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
    ['BearerToken a', 'authorization_malformed', /one token$/],
    ['Bearer: a', 'authorization_malformed', /one token$/],
    ['Bearer  a', 'authorization_malformed', /one token$/],
    ['Bearer\ta', 'authorization_malformed', /one token$/],
    ['Bearer \ta', 'authorization_malformed', /one token$/],
    ['Bearer a\tb', 'authorization_malformed', /one token$/],
    ['Bearer\u00a0a', 'authorization_malformed', /one token$/],
    ['Bearer a,', 'authorization_malformed', /one token$/],
    ['Bearer a, Bearer b', 'authorization_malformed', /one token$/],
    ['Bearer Bearer a', 'authorization_malformed', /one token$/],
    ['Bearer {"payload":"a","signature":"b", "protected":"c"}', 'authorization_malformed', /one token$/],
    ['a.b.c', 'authorization_malformed', /one token$/],
    ['Basic a', 'authorization_malformed', /one token$/],
    ['JWT a', 'authorization_malformed', /one token$/],
    ['Token a', 'authorization_malformed', /one token$/],
    [['Bearer a', ''], 'authorization_repeated', /^more than one/],
    [['Basic eDp5', 'Bearer a'], 'authorization_repeated', /^more than one/],
    [`Bearer ${'x'.repeat(8193)}`, 'token_too_long', /^the token is longer than 8192 characters$/],
  ])('rejects %j', (authorization, reason, message) => {
    expect(() => tokenOf(authorization)).toThrow(
      expect.objectContaining({ reason, message: expect.stringMatching(message) }),
    );
  });
});

describe('headerValues', () => {
  it('finds strings and lists in a record', () => {
    expect(headerValues({ a: 'x' }, 'a')).toEqual(['x']);
    expect(headerValues({ a: ['x', 'y'] }, 'a')).toEqual(['x', 'y']);
    expect(headerValues({ a: undefined }, 'a')).toEqual([]);
    expect(headerValues({}, 'a')).toEqual([]);
  });

  it('finds nothing that a record inherits', () => {
    expect(headerValues(Object.create({ a: 'x' }) as Record<string, string>, 'a')).toEqual([]);
    expect(headerValues({}, 'constructor')).toEqual([]);
  });

  it('finds values in Headers of the Fetch API, also an empty one', () => {
    expect(headerValues(new Headers({ a: 'x' }), 'a')).toEqual(['x']);
    expect(headerValues(new Headers({ a: '' }), 'a')).toEqual(['']);
    expect(headerValues(new Headers(), 'a')).toEqual([]);
  });

  it('finds a header that is named get', () => {
    expect(headerValues({ get: 'x' }, 'get')).toEqual(['x']);
  });
});

const HEADER = base64url('{"alg":"HS256"}');
const CLAIMS = base64url('{"iss":"Vonage"}');
const read = (header: string, claims: string, signature = 'AAAA') => parseToken([header, claims, signature].join('.'));
const refusal = (what: string) =>
  expect.objectContaining({ reason: 'token_malformed', message: `the token cannot be read: ${what}` });

describe('parseToken', () => {
  it('reads the parts of a token', () => {
    expect(read(HEADER, CLAIMS, '-_09azAZ')).toEqual({
      header: { alg: 'HS256' },
      claims: { iss: 'Vonage' },
      text: `${HEADER}.${CLAIMS}.-_09azAZ`,
    });
  });

  it('reads the token of the Authorization header', () => {
    const text = `${HEADER}.${CLAIMS}.AAAA`;

    expect(readToken({ authorization: `Bearer ${text}` })).toEqual(parseToken(text));
    expect(() => readToken({})).toThrow(expect.objectContaining({ reason: 'authorization_missing' }));
    expect(() => readToken({ authorization: 'Bearer x' })).toThrow(refusal('it does not have three parts'));
  });

  it.each(['', 'x', 'x.y', 'x.y.z.', 'x.y.z.w'])('rejects other than three parts: %j', (token) => {
    expect(() => parseToken(token)).toThrow(
      refusal(token === '' || token.split('.').length !== 3 ? 'it does not have three parts' : ''),
    );
  });

  it.each(['AA', 'AQ', 'Ag', 'Aw', '_w', 'AAA', 'AAE', 'AAI', '__8', 'AAAA', '____', 'AAAAAA', 'AAAAAAA'])(
    'reads the signature %s, the only spelling of its bytes',
    (signature) => {
      expect(read(HEADER, CLAIMS, signature).text).toBe(`${HEADER}.${CLAIMS}.${signature}`);
    },
  );

  it.each([
    '',
    'A',
    'AAAAA',
    'AB',
    'AC',
    'AI',
    'A_',
    'AAB',
    'AAC',
    'AAD',
    'AA_',
    'AA==',
    'AA+A',
    'AA/A',
    'AA A',
    ' AAAA',
    'AAAA\n',
    '!AAA',
    'AAA!',
  ])('rejects the signature %j, another spelling or none', (signature) => {
    expect(() => read(HEADER, CLAIMS, signature)).toThrow(refusal('its signature is not base64url'));
  });

  it.each<[text: string | Buffer, what: string]>([
    ['', 'is not base64url'],
    ['{', 'is not JSON'],
    ['\ufeff{}', 'is not JSON'],
    [Buffer.from('{"\xff":1}', 'latin1'), 'is not JSON'],
    ['[]', 'is not a JSON object'],
    ['null', 'is not a JSON object'],
    ['1', 'is not a JSON object'],
    ['"x"', 'is not a JSON object'],
  ])('rejects a part of %j and reports which part it is', (text, what) => {
    expect(() => read(base64url(text), CLAIMS)).toThrow(refusal(`its header part ${what}`));
    expect(() => read(HEADER, base64url(text))).toThrow(refusal(`its claims part ${what}`));
  });
});

describe('parseToken after another token', () => {
  const OTHER = base64url('{"alg":"none"}');

  it.each([[[HEADER, HEADER]], [[HEADER, OTHER, HEADER]]])('reads the header of each: %j', (headers) => {
    expect(headers.map((header) => read(header, CLAIMS).header)).toEqual(
      headers.map((header) => (header === HEADER ? { alg: 'HS256' } : { alg: 'none' })),
    );
  });

  it.each(['', 'AB', base64url('[]')])('rejects the header %j also after a good one', (header) => {
    read(HEADER, CLAIMS);
    for (let time = 0; time < 2; time += 1) {
      expect(() => read(header, CLAIMS)).toThrow(expect.objectContaining({ reason: 'token_malformed' }));
    }
  });

  it('does not see changes to a header object that it returned before', () => {
    const { header } = read(HEADER, CLAIMS);
    Reflect.set(header, 'alg', 'none');

    expect(read(HEADER, CLAIMS).header).toEqual({ alg: 'HS256' });
  });
});

describe('parseJsonText', () => {
  it.each<[json: string, value: unknown]>([
    ['{"__proto__":{"a":1},"b":2}', { b: 2 }],
    ['{"\\u005f_proto__":{"a":1},"b":2}', { b: 2 }],
    ['[{"x":{"__proto__":1,"y":[{"__proto__":2}]}}]', [{ x: { y: [{}] } }]],
    ['{"x":null,"y":{"__proto__":1,"z":0}}', { x: null, y: { z: 0 } }],
    ['{"a":"__proto__"}', { a: '__proto__' }],
    ['"__proto__"', '__proto__'],
    ['null', null],
    ['["\\u0041",null,1]', ['A', null, 1]],
  ])('drops members named __proto__ of %s', (json, value) => {
    const parsed = parseJsonText(json);

    expect(parsed).toEqual(value);
    expect(JSON.stringify(parsed)).toBe(JSON.stringify(value));
  });

  it('parses JSON of any depth', () => {
    const depth = 5000;
    expect(() => parseJsonText(`${'['.repeat(depth)}"__proto__"${']'.repeat(depth)}`)).not.toThrow();
  });

  it('accepts objects only, not lists or null', () => {
    expect([{}, [], null, 1, 'x', undefined].map(isJsonObject)).toEqual([true, false, false, false, false, false]);
  });
});
