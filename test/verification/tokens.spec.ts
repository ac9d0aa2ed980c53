import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, sign } from 'node:crypto';
import { type RejectionReason } from '../../lib/verification/callback-rejection.js';
import { base64url, SECRET, signText } from '../support/signer.js';
import { expectRejected, verified } from './rejected.js';
import { bearing, claimsText, genuineToken, HEADER_TEXT, tokenOf } from './tokens.js';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

type Parts = [header: string, claims: string, signature: string];

/** The genuine token with other parts; not signed anew. */
function altered(change: (...parts: Parts) => readonly string[]): string {
  return change(...(genuineToken().split('.') as Parts)).join('.');
}

/** The genuine token with another signature. */
function resigned(change: (signature: Buffer) => Uint8Array): string {
  return altered((h, c, s) => [h, c, Buffer.from(change(Buffer.from(s, 'base64url'))).toString('base64url')]);
}

/** The n-th of the spellings of base64url text that lenient decoders read alike; 0 is the text itself. */
function spelling(text: string, n: number): string {
  const last = BASE64URL.indexOf(text.slice(-1));
  return text.slice(0, -1) + BASE64URL.charAt(last + n);
}

/** JSON with white space behind, such that its base64url has unused bits. */
function spacedOut(json: string): string {
  const padded = json + ' '.repeat((4 - (Buffer.byteLength(json) % 3)) % 3 || 3);
  expect(base64url(padded).length % 4).toBe(2);
  return padded;
}

/** A part whose standard base64 has characters that base64url has not, and no padding. */
function standardBase64(json: string): string {
  const text = json.replace(/}$/, ',"~~~":"???>>>???"}');
  const spellings = ['', ' ', '  ', '   '].map((spaces) => Buffer.from(spaces + text).toString('base64'));
  const found = spellings.find((encoded) => /[+/]/.test(encoded) && !encoded.endsWith('='));
  if (found === undefined) throw new Error('none of the spellings will do');
  return found;
}

/** A genuine token whose signature has a character of base64url that standard base64 has not. */
function tokenWithUrlCharacter(): string {
  for (;;) {
    const token = genuineToken();
    if (/\.[^.]*[-_][^.]*$/.test(token)) return token;
  }
}

const MALFORMED: [behaviour: string, token: () => string][] = [
  ['one part', () => altered((header) => [header])],
  ['two parts', () => altered((header, claims) => [header, claims])],
  ['four parts', () => altered((h, c, s) => [h, c, s, s])],
  ['five parts, as an encrypted one', () => altered((h, c, s) => [h, s, s, c, s])],
  ['a dot behind it', () => `${genuineToken()}.`],
  ['a dot in front', () => `.${genuineToken()}`],
  ['dots only', () => '..'],
  ['a token in quotes', () => `"${genuineToken()}"`],
  ['8000 dots', () => '.'.repeat(8000)],
  ['no header', () => altered((_, c, s) => ['', c, s])],
  ['no claims', () => altered((h, _, s) => [h, '', s])],
  ['no signature', () => altered((h, c) => [h, c, ''])],
  ['no claims, rightly signed', () => tokenOf(HEADER_TEXT, '')],
  ['no header, rightly signed', () => tokenOf('', claimsText())],
  ['the algorithm none and no signature', () => `${base64url('{"alg":"none"}')}.${base64url(claimsText())}.`],
  ['padding behind the signature', () => `${genuineToken()}=`],
  ['padding behind the header', () => signText(`${base64url(HEADER_TEXT)}=.${base64url(claimsText())}`)],
  ['padding behind the claims', () => signText(`${base64url(HEADER_TEXT)}.${base64url(claimsText())}=`)],
  ['a signature in standard base64', () => tokenWithUrlCharacter().replace(/[-_](?=[^.]*$)/, '+')],
  ['a header in standard base64', () => signText(`${standardBase64(HEADER_TEXT)}.${base64url(claimsText())}`)],
  ['claims in standard base64', () => signText(`${base64url(HEADER_TEXT)}.${standardBase64(claimsText())}`)],
  ['claims that are not encoded', () => signText(`${base64url(HEADER_TEXT)}.${claimsText().replaceAll(',', '')}`)],
  ['a percent-encoded dot', () => genuineToken().replace('.', '%2e')],
  ['a letter beyond ASCII', () => `${genuineToken()}\u00e9`],
  ['a signature with the second spelling of its last character', () => altered((h, c, s) => [h, c, spelling(s, 1)])],
  ['a signature with the third spelling of its last character', () => altered((h, c, s) => [h, c, spelling(s, 2)])],
  ['a signature with the fourth spelling of its last character', () => altered((h, c, s) => [h, c, spelling(s, 3)])],
  [
    'a header whose last character has another spelling, rightly signed',
    () => signText(`${spelling(base64url(spacedOut(HEADER_TEXT)), 1)}.${base64url(claimsText())}`),
  ],
  [
    'claims whose last character has another spelling, rightly signed',
    () => signText(`${base64url(HEADER_TEXT)}.${spelling(base64url(spacedOut(claimsText())), 1)}`),
  ],
  ['a signature with a character too many', () => `${genuineToken()}AA`],
  ['a header that is not UTF-8', () => tokenOf(Buffer.from('{"alg":"HS256","\xff":1}', 'latin1'), claimsText())],
  ['claims that are not UTF-8', () => tokenOf(HEADER_TEXT, Buffer.from(claimsText({ x: '\xff' }), 'latin1'))],
  ['claims in UTF-16', () => tokenOf(HEADER_TEXT, Buffer.from(claimsText(), 'utf16le'))],
  ['a byte order mark before the header', () => tokenOf(`\ufeff${HEADER_TEXT}`, claimsText())],
  ['a byte order mark before the claims', () => tokenOf(HEADER_TEXT, `\ufeff${claimsText()}`)],
  ['a header that is cut off', () => tokenOf(HEADER_TEXT.slice(0, -1), claimsText())],
  ['claims that are cut off', () => tokenOf(HEADER_TEXT, claimsText().slice(0, -1))],
  ['claims with a comma too many', () => tokenOf(HEADER_TEXT, claimsText().replace('}', ',}'))],
  ['claims and something behind them', () => tokenOf(HEADER_TEXT, `${claimsText()}{}`)],
  ['claims with a comment', () => tokenOf(HEADER_TEXT, `/* */${claimsText()}`)],
  ['the number NaN', () => tokenOf(HEADER_TEXT, claimsText().replace(/"iat":\d+/, '"iat":NaN'))],
  ['the number Infinity', () => tokenOf(HEADER_TEXT, claimsText().replace(/"iat":\d+/, '"iat":Infinity'))],
  ['claims of 1500 nested lists', () => tokenOf(HEADER_TEXT, '['.repeat(1500) + ']'.repeat(1500))],
  ...['[]', '[{}]', 'null', '1', '"text"', 'true', ''].flatMap((json): typeof MALFORMED => [
    [`a header that is ${json || 'empty'}`, () => tokenOf(json, claimsText())],
    [`claims that are ${json || 'empty'}`, () => tokenOf(HEADER_TEXT, json)],
  ]),
];

const MISSIGNED: [behaviour: string, token: () => string][] = [
  ['of zeros', () => altered((h, c) => [h, c, 'A'.repeat(43)])],
  ['of one character group', () => altered((h, c) => [h, c, 'AAAA'])],
  ['that is one byte short', () => resigned((signature) => signature.subarray(0, 31))],
  ['that is half as long', () => resigned((signature) => signature.subarray(0, 16))],
  ['with a byte behind it', () => resigned((signature) => Buffer.concat([signature, Buffer.alloc(1)]))],
  ['that is repeated', () => resigned((signature) => Buffer.concat([signature, signature]))],
  ['whose first bit is wrong', () => resigned((signature) => signature.with(0, (signature[0] ?? 0) ^ 0x80))],
  ['whose last bit is wrong', () => resigned((signature) => signature.with(31, (signature[31] ?? 0) ^ 1))],
  ['of another token', () => altered((h, c) => [h, c, genuineToken().split('.')[2] ?? ''])],
  ['of the claims alone', () => altered((h, c) => [h, c, signText(c).split('.')[1] ?? ''])],
  ['over other claims', () => altered((h, _, s) => [h, base64url(claimsText({ jti: 'another' })), s])],
  ['over another header', () => altered((_, c, s) => [base64url('{"typ":"JWT","alg":"HS256"}'), c, s])],
  ['by another secret', () => tokenOf(HEADER_TEXT, claimsText(), `${SECRET}!`)],
  ['by an empty secret', () => tokenOf(HEADER_TEXT, claimsText(), '')],
  ['by the secret in capitals', () => tokenOf(HEADER_TEXT, claimsText(), SECRET.toUpperCase())],
  ['by the secret and a line break', () => tokenOf(HEADER_TEXT, claimsText(), `${SECRET}\n`)],
  ['with SHA-512, cut to 32 bytes', () => altered((h, c) => [h, c, truncatedSha512(`${h}.${c}`)])],
];

const truncatedSha512 = (text: string): string =>
  Buffer.from(signText(text, SECRET, 'sha512').split('.')[2] ?? '', 'base64url')
    .subarray(0, 32)
    .toString('base64url');

const json = (header: Readonly<Record<string, unknown>>) => JSON.stringify(header);
const ed25519 = generateKeyPairSync('ed25519');

/** A token of an attacker who has a key pair and hands over the public key in the header. */
function selfMadeAuthority(): string {
  const header = json({ alg: 'EdDSA', jwk: ed25519.publicKey.export({ format: 'jwk' }) });
  const input = `${base64url(header)}.${base64url(claimsText())}`;
  return `${input}.${base64url(sign(null, Buffer.from(input), ed25519.privateKey))}`;
}

const withHash = (alg: string, hash: string): string =>
  signText(`${base64url(json({ alg }))}.${base64url(claimsText())}`, SECRET, hash);

const REFUSED_HEADERS: [behaviour: string, RejectionReason, token: () => string][] = [
  ...['none', 'None', 'NONE', 'nOnE', '', 'hs256', 'HS256 ', 'RS256', 'ES256', 'PS256', 'EdDSA', 'dir', 'A256KW'].map(
    (alg): (typeof REFUSED_HEADERS)[number] => [
      `the algorithm "${alg}" and an HMAC`,
      'algorithm_not_allowed',
      () => tokenOf(json({ alg }), claimsText()),
    ],
  ),
  ...[['HS256'], [], { alg: 'HS256' }, 256, 0, null, true].map((alg): (typeof REFUSED_HEADERS)[number] => [
    `the algorithm ${JSON.stringify(alg)}`,
    'algorithm_not_allowed',
    () => tokenOf(json({ alg }), claimsText()),
  ]),
  ['no algorithm', 'algorithm_not_allowed', () => tokenOf(json({ typ: 'JWT' }), claimsText())],
  ['the algorithm in __proto__', 'algorithm_not_allowed', () => tokenOf('{"__proto__":{"alg":"HS256"}}', claimsText())],
  ['HS384, really signed with it', 'algorithm_not_allowed', () => withHash('HS384', 'sha384')],
  ['HS512, really signed with it', 'algorithm_not_allowed', () => withHash('HS512', 'sha512')],
  ['HS256, but signed with SHA-384', 'signature_mismatch', () => withHash('HS256', 'sha384')],
  ['EdDSA and the public key for it', 'algorithm_not_allowed', selfMadeAuthority],
  ['first HS256, then none', 'algorithm_not_allowed', () => tokenOf('{"alg":"HS256","alg":"none"}', claimsText())],
  ...[['exp'], ['b64'], [], null, 'exp', false].map((crit): (typeof REFUSED_HEADERS)[number] => [
    `the critical extensions ${JSON.stringify(crit)}`,
    'critical_header_unsupported',
    () => tokenOf(json({ alg: 'HS256', crit, b64: true, exp: 4e9 }), claimsText()),
  ]),
  [
    'a critical b64: false and claims that are not encoded',
    'token_malformed',
    () => signText(`${base64url('{"alg":"HS256","b64":false,"crit":["b64"]}')}.{"iss":"Vonage"}`),
  ],
  [
    'a critical b64: false and encoded claims',
    'critical_header_unsupported',
    () => tokenOf('{"alg":"HS256","b64":false,"crit":["b64"]}', claimsText()),
  ],
];

/** What a header can say about the key, which is ignored. */
const KEY_HINTS: readonly Readonly<Record<string, unknown>>[] = [
  { kid: '../../../../../../dev/null' },
  { kid: "x' UNION SELECT 'attacker" },
  { kid: ['a', { b: null }] },
  { jwk: { kty: 'oct', k: base64url('attacker'), alg: 'HS256' } },
  { jku: 'http://127.0.0.1:1/keys.json' },
  { x5u: 'http://127.0.0.1:1/certificate.pem' },
  { x5c: ['MIIB'] },
  { zip: 'DEF' },
  { b64: false },
  { typ: 'at+jwt', cty: 'JWT' },
  { enc: 'A256GCM' },
];

const HEADERS: [behaviour: string, header: string][] = [
  ['that names nothing but the algorithm', '{"alg":"HS256"}'],
  ['with white space', ' {\n"alg" : "HS256"} '],
  ['whose algorithm is spelled with escapes', '{"alg":"\\u0048S256"}'],
  ['that names the algorithm twice, HS256 last', '{"alg":"none","alg":"HS256"}'],
  ['beyond ASCII', '{"alg":"HS256","cty":"Grüße ✓"}'],
];

const hinting = (hint: Readonly<Record<string, unknown>>) => json({ alg: 'HS256', ...hint });

describe('CallbackVerifier', () => {
  it.each(MALFORMED)('rejects a token with %s', (_, token) => expectRejected(bearing(token()), 'token_malformed'));

  it.each(MISSIGNED)('rejects a token with a signature %s', (_, token) =>
    expectRejected(bearing(token()), 'signature_mismatch'),
  );

  it.each(REFUSED_HEADERS)('rejects a token whose header has %s', (_, reason, token) =>
    expectRejected(bearing(token()), reason),
  );

  it.each(KEY_HINTS)('ignores the header %j', async (hint) => {
    const header = hinting(hint);

    await expectRejected(bearing(tokenOf(header, claimsText(), 'attacker')), 'signature_mismatch');
    await expectRejected(bearing(tokenOf(header, claimsText(), '')), 'signature_mismatch');
    expect(await verified(bearing(tokenOf(header, claimsText())))).toMatchObject({ kind: 'archive' });
  });

  it.each(HEADERS)('accepts a header %s', async (_, header) => {
    expect(await verified(bearing(tokenOf(header, claimsText())))).toMatchObject({ kind: 'archive' });
  });
});
