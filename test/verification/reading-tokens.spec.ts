import { describe, expect, it } from '@jest/globals';
import { parseToken, readToken } from '../../lib/verification/unverified-token.js';
import { isJsonObject } from '../../lib/callbacks/json-object.js';
import { parseJsonText } from '../../lib/verification/json-text.js';
import { base64url } from '../support/signer.js';

const HEADER = base64url('{"alg":"HS256"}');
const CLAIMS = base64url('{"iss":"Vonage"}');
const read = (header: string, claims: string, signature = 'AAAA') => parseToken([header, claims, signature].join('.'));
const refusal = (what: string) =>
  expect.objectContaining({ reason: 'token_malformed', message: `the token cannot be read: ${what}` });

describe('a token', () => {
  it('is read in its parts', () => {
    expect(read(HEADER, CLAIMS, '-_09azAZ')).toEqual({
      header: { alg: 'HS256' },
      claims: { iss: 'Vonage' },
      text: `${HEADER}.${CLAIMS}.-_09azAZ`,
    });
  });

  it('is that of the Authorization header', () => {
    const text = `${HEADER}.${CLAIMS}.AAAA`;

    expect(readToken({ authorization: `Bearer ${text}` })).toEqual(parseToken(text));
    expect(() => readToken({})).toThrow(expect.objectContaining({ reason: 'authorization_missing' }));
    expect(() => readToken({ authorization: 'Bearer x' })).toThrow(refusal('it does not have three parts'));
  });

  it.each(['', 'x', 'x.y', 'x.y.z.', 'x.y.z.w'])('of other than three parts is refused: %j', (token) => {
    expect(() => parseToken(token)).toThrow(
      refusal(token === '' || token.split('.').length !== 3 ? 'it does not have three parts' : ''),
    );
  });

  it.each(['AA', 'AQ', 'Ag', 'Aw', '_w', 'AAA', 'AAE', 'AAI', '__8', 'AAAA', '____', 'AAAAAA', 'AAAAAAA'])(
    'with the signature %s, the only spelling of its bytes, is read',
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
  ])('with the signature %j, another spelling or none, is refused', (signature) => {
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
  ])('with a part of %j is refused, and which part it is is said', (text, what) => {
    expect(() => read(base64url(text), CLAIMS)).toThrow(refusal(`its header part ${what}`));
    expect(() => read(HEADER, base64url(text))).toThrow(refusal(`its claims part ${what}`));
  });
});

describe('tokens after one another', () => {
  const OTHER = base64url('{"alg":"none"}');

  it.each([[[HEADER, HEADER]], [[HEADER, OTHER, HEADER]]])('have each its own header: %j', (headers) => {
    expect(headers.map((header) => read(header, CLAIMS).header)).toEqual(
      headers.map((header) => (header === HEADER ? { alg: 'HS256' } : { alg: 'none' })),
    );
  });

  it.each(['', 'AB', base64url('[]')])('are refused for their header %j also after a good one', (header) => {
    read(HEADER, CLAIMS);
    for (let time = 0; time < 2; time += 1) {
      expect(() => read(header, CLAIMS)).toThrow(expect.objectContaining({ reason: 'token_malformed' }));
    }
  });

  it('leave their header to the next as it was', () => {
    const { header } = read(HEADER, CLAIMS);
    Reflect.set(header, 'alg', 'none');

    expect(read(HEADER, CLAIMS).header).toEqual({ alg: 'HS256' });
  });
});

describe('untrusted JSON', () => {
  it.each<[json: string, value: unknown]>([
    ['{"__proto__":{"a":1},"b":2}', { b: 2 }],
    ['{"\\u005f_proto__":{"a":1},"b":2}', { b: 2 }],
    ['[{"x":{"__proto__":1,"y":[{"__proto__":2}]}}]', [{ x: { y: [{}] } }]],
    ['{"x":null,"y":{"__proto__":1,"z":0}}', { x: null, y: { z: 0 } }],
    ['{"a":"__proto__"}', { a: '__proto__' }],
    ['"__proto__"', '__proto__'],
    ['null', null],
    ['["\\u0041",null,1]', ['A', null, 1]],
  ])('%s has no members named __proto__', (json, value) => {
    const parsed = parseJsonText(json);

    expect(parsed).toEqual(value);
    expect(JSON.stringify(parsed)).toBe(JSON.stringify(value));
  });

  it('may be nested as deeply as it likes', () => {
    const depth = 5000;
    expect(() => parseJsonText(`${'['.repeat(depth)}"__proto__"${']'.repeat(depth)}`)).not.toThrow();
  });

  it('is an object only if it is no list and not null', () => {
    expect([{}, [], null, 1, 'x', undefined].map(isJsonObject)).toEqual([true, false, false, false, false, false]);
  });
});
