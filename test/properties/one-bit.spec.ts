import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PAYLOADS } from '../support/payloads.js';
import { genuineClaims, signText, USER_AGENT } from '../support/signer.js';
import { holds } from './holds.js';
import { GENUINE_HEADER, tokenOf } from './token-texts.js';
import { refusalOf, verifier } from './verifier.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PARTS = ['header', 'claims', 'signature'] as const;
const BODY = Buffer.from(JSON.stringify(PAYLOADS.archive));

const genuineToken = (body: Uint8Array = BODY): string =>
  tokenOf(GENUINE_HEADER, JSON.stringify(genuineClaims(Buffer.from(body))));

const verdict = (token: string, body: Uint8Array = BODY) =>
  refusalOf(() => verifier.verify({ 'user-agent': USER_AGENT, authorization: `Bearer ${token}` }, body, 'archive'));

/** The bytes with one bit changed. */
function flipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(bit / 8);
  return Buffer.from(copy.with(at, (copy[at] ?? 0) ^ (1 << (bit % 8))));
}

/** The token with one bit changed in what one of its parts encodes. */
function withFlipped(token: string, part: number, bit: number): string {
  const parts = token.split('.');
  return parts.with(part, flipped(Buffer.from(parts[part] ?? '', 'base64url'), bit).toString('base64url')).join('.');
}

const bitsOf = (bytes: Uint8Array): number[] => [...Array(bytes.length * 8).keys()];

describe('a genuine callback', () => {
  const token = genuineToken();

  it('is accepted as it is', async () => {
    expect(await verdict(token)).toBeUndefined();
  });

  it.each(PARTS)('is refused with any single bit changed in what the %s encodes', async (name) => {
    const part = PARTS.indexOf(name);
    for (const bit of bitsOf(Buffer.from(token.split('.')[part] ?? '', 'base64url'))) {
      const reason = await verdict(withFlipped(token, part, bit));
      expect([bit, reason]).toEqual([bit, expect.any(String)]);
      if (name === 'signature') expect(reason).toBe('signature_mismatch');
    }
  });

  it('is refused with any single bit changed in the text of the token', async () => {
    for (const bit of bitsOf(Buffer.from(token))) {
      expect([bit, await verdict(flipped(Buffer.from(token), bit).toString('latin1'))]).toEqual([
        bit,
        expect.any(String),
      ]);
    }
  });

  it('is refused with any other last character of a part, although lenient decoders read some of them alike', async () => {
    for (const [part, text] of token.split('.').entries()) {
      for (const character of Array.from(ALPHABET).filter((other) => !text.endsWith(other))) {
        const changed = token
          .split('.')
          .with(part, text.slice(0, -1) + character)
          .join('.');
        expect([part, character, await verdict(changed)]).toEqual([part, character, expect.any(String)]);
      }
    }
  });

  it('is refused with any single bit changed in its body', async () => {
    for (const bit of bitsOf(BODY)) {
      expect([bit, await verdict(token, flipped(BODY, bit))]).toEqual([bit, 'payload_hash_mismatch']);
    }
  });

  it('is refused with header or claims that mean the same but are spelled otherwise', async () => {
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    const signature = token.split('.')[2] ?? '';
    const spellings = (json: string): string[] => [
      `${json} `,
      ` ${json}`,
      json.replace(':', ': '),
      json.replace(/"([a-z])/, (_, letter: string) => `"\\u00${letter.charCodeAt(0).toString(16)}`),
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(json) as object).reverse())),
      json.replace('{', `{${/"[a-z]+":"[^"]*"/.exec(json)?.[0] ?? ''},`),
    ];
    const others = [
      ...spellings(GENUINE_HEADER).map((header) => tokenOf(header, claims)),
      ...spellings(claims).map((same) => tokenOf(GENUINE_HEADER, same)),
    ];
    expect(others).toHaveLength(12);
    for (const other of others) {
      // Genuine with a signature of its own, which shows that it means the same.
      expect(await verdict(other)).toBeUndefined();
      expect(await verdict([...other.split('.').slice(0, 2), signature].join('.'))).toBe('signature_mismatch');
    }
  });
});

describe('any genuine callback', () => {
  const claims = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 });

  it('is refused with any single bit changed in its token or its body', () =>
    holds(
      fc.asyncProperty(
        claims,
        fc.uint8Array({ minLength: 1 }),
        fc.nat(),
        fc.nat(2),
        async (others, body, nth, part) => {
          const genuine = tokenOf(GENUINE_HEADER, JSON.stringify({ ...others, ...genuineClaims(Buffer.from(body)) }));
          expect(await verdict(genuine, body)).toBeUndefined();

          const bits = Buffer.from(genuine.split('.')[part] ?? '', 'base64url').length * 8;
          expect(await verdict(withFlipped(genuine, part, nth % bits), body)).toEqual(expect.any(String));
          expect(await verdict(genuine, flipped(body, nth % (body.length * 8)))).toBe('payload_hash_mismatch');
        },
      ),
      300,
    ));

  it('is refused if any other key made the signature', () =>
    holds(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (secret) => {
        const [input = ''] = /^[^.]*\.[^.]*/.exec(genuineToken()) ?? [];
        expect(await verdict(signText(input, secret))).toBe('signature_mismatch');
      }),
      100,
    ));
});
