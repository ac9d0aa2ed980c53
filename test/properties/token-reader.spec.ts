import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CallbackHeaders } from '../../lib/index.js';
import { bearerToken, parseToken } from '../../lib/verification/unverified-token.js';
import { USER_AGENT } from '../support/signer.js';
import { holds } from './holds.js';
import { NAMES_OF_PROTOTYPES } from './names-of-prototypes.js';
import { tokenText } from './token-texts.js';
import { refusalOf, verifier } from './verifier.js';

const KINDS = ['session', 'archive'] as const;

const respelled = (part: string): string => Buffer.from(part, 'base64url').toString('base64url');

const header = fc.oneof(
  fc.string({ unit: 'binary' }),
  tokenText,
  fc
    .tuple(fc.constantFrom('Bearer ', 'bearer ', 'BEARER  ', 'Bearer\t', 'Basic '), tokenText)
    .map((parts) => parts.join('')),
);

/** The headers of a request that nobody has looked at, under any names. */
const headers: fc.Arbitrary<CallbackHeaders> = fc.dictionary(
  fc.oneof(fc.constantFrom('authorization', 'user-agent', 'get', ...NAMES_OF_PROTOTYPES), fc.string()),
  fc.oneof(header, fc.array(header, { maxLength: 3 }), fc.constant(undefined), fc.constant(USER_AGENT)),
);

describe('the reader of tokens', () => {
  it('reads any text, or refuses it as malformed, and never fails otherwise', () =>
    holds(
      fc.asyncProperty(tokenText, async (text) => {
        expect([undefined, 'token_malformed']).toContain(await refusalOf(() => parseToken(text)));
      }),
      1000,
    ));

  it('reads no two spellings of the same bytes', () =>
    holds(
      fc.asyncProperty(tokenText, async (text) => {
        if ((await refusalOf(() => parseToken(text))) !== undefined) return;
        expect(text.split('.').map(respelled).join('.')).toBe(text);
      }),
      1000,
    ));

  it('finds one token without white space and commas in any headers, or refuses them', () =>
    holds(
      fc.asyncProperty(headers, async (record) => {
        let token: string | undefined;
        const reason = await refusalOf(() => (token = bearerToken(record)));
        if (reason === undefined) expect(token).toMatch(/^[^\s,]{1,8192}$/);
        else expect(reason).toMatch(/^(?:authorization_(?:missing|repeated|malformed)|token_too_long)$/);
      }),
      1000,
    ));
});

describe('the verifier', () => {
  it('never fails otherwise than by a refusal, whatever the headers are', () =>
    holds(
      fc.asyncProperty(headers, fc.uint8Array(), fc.constantFrom(...KINDS), async (record, body, kind) => {
        expect(await refusalOf(() => verifier.verify(record, body, kind))).toEqual(expect.any(String));
      }),
      1000,
    ));

  it('never fails otherwise than by a refusal, whatever the token is', () =>
    holds(
      fc.asyncProperty(tokenText, async (token) => {
        const record = { 'user-agent': USER_AGENT, authorization: `Bearer ${token}` };
        await refusalOf(() => verifier.verify(record, new Uint8Array(), 'archive'));
      }),
      1000,
    ));
});
