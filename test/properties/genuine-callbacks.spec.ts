import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CallbackHeaders } from '../../lib/index.js';
import { signCallback } from '../../lib/testing/index.js';
import { genuineClaims, PROJECT, SECRET, sha256, signed, signText, USER_AGENT } from '../support/signer.js';
import { holds } from './holds.js';
import { NAMES_OF_PROTOTYPES } from './names-of-prototypes.js';
import { GENUINE_HEADER, tokenOf } from './token-texts.js';
import { APPLICATION, refusalOf, verifier } from './verifier.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PARTS = ['header', 'claims', 'signature'] as const;
/** Short, since each of its bits is changed. */
const BODY = Buffer.from('{"id":"x","status":"available"}');

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
      100,
    ));

  it('is refused if any other key made the signature', () =>
    holds(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (secret) => {
        const [input = ''] = /^[^.]*\.[^.]*/.exec(genuineToken()) ?? [];
        expect(await verdict(signText(input, secret))).toBe('signature_mismatch');
      }),
      50,
    ));
});

/** The names that the verifier looks at; any other is the sender's affair. */
const KNOWN = ['iss', 'iat', 'exp', 'nbf', 'jti', 'payload_hash', 'api_key', 'application_id'];

const claimName = fc
  .oneof(fc.constantFrom(...NAMES_OF_PROTOTYPES), fc.string(), fc.string({ unit: 'binary' }))
  // JSON.stringify leaves out nothing else, and calls a member toJSON only if it is a function.
  .filter((name) => !KNOWN.includes(name) && name !== '__proto__');

const otherClaims = fc.dictionary(claimName, fc.jsonValue(), { maxKeys: 8, noNullPrototype: true });

/** Which project the token names: as OpenTok, as a number, as the unified environment, or in both ways. */
const namedProject = fc.constantFrom<Readonly<Record<string, unknown>>>(
  { api_key: PROJECT },
  { api_key: Number(PROJECT) },
  { application_id: APPLICATION },
  { application_id: APPLICATION, api_key: PROJECT },
  { application_id: 'of somebody else', api_key: Number(PROJECT) },
);

const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc.json().map((json) => Buffer.from(json)),
);

const validity = fc.record(
  {
    iat: fc.integer({ min: -80_000, max: 50 }).map((offset) => Date.now() / 1000 + offset),
    exp: fc.double({ min: 60, max: 1e9, noNaN: true }).map((offset) => Date.now() / 1000 + offset),
    nbf: fc.double({ min: -1e9, max: 0, noNaN: true }).map((offset) => Date.now() / 1000 + offset),
  },
  { requiredKeys: [] },
);

/** As JSON, which knows no -0, and without what leads to a prototype at any depth. */
const withoutPrototypeMembers = (claims: Readonly<Record<string, unknown>>): unknown =>
  JSON.parse(JSON.stringify(claims), (name, value: unknown) => (name === '__proto__' ? undefined : value));

interface Callback {
  readonly headers: CallbackHeaders;
  readonly body: Buffer;
}

/** Both signers, which have nothing in common but the protocol. */
const SIGNERS: readonly (readonly [
  name: string,
  sign: (body: Buffer, claims: Readonly<Record<string, unknown>>) => Callback,
])[] = [
  ['that comes with the package', (bytes, claims) => signCallback({ body: bytes, secret: SECRET, claims })],
  ['of the tests', (bytes, claims) => signed(bytes, { claims: { api_key: undefined, ...claims } })],
];

describe.each(SIGNERS)('what is signed by the signer %s', (_, sign) => {
  it('is verified, with the claims and the body as they were, whatever else they hold', () =>
    holds(
      fc.asyncProperty(otherClaims, namedProject, validity, anyBody, async (others, owner, times, bytes) => {
        const claims = { ...others, ...owner, ...times };
        const callback = sign(Buffer.from(bytes), claims);
        const verified = await verifier.verify(callback.headers, callback.body, 'captions');

        expect([PROJECT, APPLICATION]).toContain(verified.projectId);
        expect(verified.bodyHash).toBe(sha256(callback.body));
        expect(verified.claims).toMatchObject({ iss: 'Vonage', payload_hash: verified.bodyHash });
        const expected = withoutPrototypeMembers(claims);
        const received = Object.entries(verified.claims).filter(([name]) => Object.hasOwn(claims, name));
        expect(Object.fromEntries(received)).toEqual(expected);
      }),
      120,
    ));

  it('is refused for any other body', () =>
    holds(
      fc.asyncProperty(anyBody, anyBody, async (bytes, other) => {
        fc.pre(!Buffer.from(bytes).equals(other));
        const callback = sign(Buffer.from(bytes), { api_key: PROJECT });

        await expect(verifier.verify(callback.headers, other, 'captions')).rejects.toMatchObject({
          name: 'CallbackRejection',
          reason: 'payload_hash_mismatch',
        });
      }),
      50,
    ));
});
