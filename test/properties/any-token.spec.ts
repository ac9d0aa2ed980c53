import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compactVerify } from 'jose';
import { type CallbackHeaders, CallbackRejection, CallbackVerifier, importSignatureKeys } from '../../lib/index.js';
import { bearerToken, parseToken } from '../../lib/verification/unverified-token.js';
import { isSignedWith } from '../support/hmac.js';
import { base64url, nowInSeconds, PROJECT, SECRET, signText, USER_AGENT } from '../support/signer.js';
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

/** The headers of a request that was not checked, under any names. */
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
      300,
    ));

  it('reads no two spellings of the same bytes', () =>
    holds(
      fc.asyncProperty(tokenText, async (text) => {
        if ((await refusalOf(() => parseToken(text))) !== undefined) return;
        expect(text.split('.').map(respelled).join('.')).toBe(text);
      }),
      300,
    ));

  it('finds one token without white space and commas in any headers, or refuses them', () =>
    holds(
      fc.asyncProperty(headers, async (record) => {
        let token: string | undefined;
        const reason = await refusalOf(() => (token = bearerToken(record)));
        if (reason === undefined) expect(token).toMatch(/^[^\s,]{1,8192}$/);
        else expect(reason).toMatch(/^(?:authorization_(?:missing|repeated|malformed)|token_too_long)$/);
      }),
      300,
    ));
});

describe('the verifier', () => {
  it('never fails otherwise than by a refusal, whatever the headers are', () =>
    holds(
      fc.asyncProperty(headers, fc.uint8Array(), fc.constantFrom(...KINDS), async (record, body, kind) => {
        expect(await refusalOf(() => verifier.verify(record, body, kind))).toEqual(expect.any(String));
      }),
      300,
    ));

  it('never fails otherwise than by a refusal, whatever the token is', () =>
    holds(
      fc.asyncProperty(tokenText, async (token) => {
        const record = { 'user-agent': USER_AGENT, authorization: `Bearer ${token}` };
        await refusalOf(() => verifier.verify(record, new Uint8Array(), 'archive'));
      }),
      300,
    ));
});

const CLAIMS = { iss: 'Vonage', iat: nowInSeconds(), jti: 'x', api_key: PROJECT, payload_hash: '0'.repeat(64) };

/** The claims that the verifier hands over, of a token with one more of this name and JSON, except the usual ones. */
async function handedOver(name: string, json: string): Promise<[string, unknown][]> {
  const claims = JSON.stringify(CLAIMS).replace('}', `,${JSON.stringify(name)}:${json}}`);
  const authorization = `Bearer ${signText(`${base64url('{"alg":"HS256"}')}.${base64url(claims)}`)}`;
  const token = await verifier.verifyToken({ 'user-agent': USER_AGENT, authorization }, 'archive');
  return Object.entries(token.claims).filter(([key]) => !Object.hasOwn(CLAIMS, key));
}

describe('a claim whose name every object has already', () => {
  const names = NAMES_OF_PROTOTYPES.filter((name) => name !== '__proto__');

  it.each(names)('is one like any other: %s', async (name) => {
    for (const json of ['1', '"x"', 'null', '{"toString":1,"valueOf":1}']) {
      expect(await handedOver(name, json)).toEqual([[name, JSON.parse(json)]]);
    }
  });

  it('is left out if it is __proto__', async () => {
    expect(await handedOver('__proto__', '{"isAdmin":true}')).toEqual([]);
  });
});

/** What is found before the signature is looked at. */
const EARLIER = /^(authorization|token_too_long|token_malformed|algorithm|critical|project)/;

/** Whether a verifier with a secret found the signature good, whatever it thought of the claims. */
async function ourOpinion(token: string, secret: string): Promise<boolean> {
  const keys = await importSignatureKeys([secret]);
  const verifier = new CallbackVerifier({ keys: { keysFor: () => keys } });
  try {
    await verifier.verifyToken({ 'user-agent': USER_AGENT, authorization: `Bearer ${token}` }, 'archive');
    return true;
  } catch (error) {
    if (!(error instanceof CallbackRejection)) throw error;
    return error.reason !== 'signature_mismatch' && !EARLIER.test(error.reason);
  }
}

const secret = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 });

const aboutProject = (claims: Record<string, unknown>): string =>
  [
    { alg: 'HS256', typ: 'JWT' },
    { ...claims, api_key: PROJECT },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');

describe('a signature', () => {
  it('is found good by the verifier only if jose finds it good, and Node too, whatever the token', () =>
    holds(
      fc.asyncProperty(tokenText, async (token) => {
        if (!(await ourOpinion(token, SECRET))) return;
        await compactVerify(token, Buffer.from(SECRET), { algorithms: ['HS256'] });
        expect(isSignedWith(token, SECRET)).toBe(true);
      }),
      600,
    ));

  it('is found good by both or by neither, whatever the secrets and the claims', () =>
    holds(
      fc.asyncProperty(
        secret,
        secret,
        fc.dictionary(fc.string(), fc.jsonValue()),
        async (signing, verifying, claims) => {
          const token = signText(aboutProject(claims), signing);
          for (const one of [signing, verifying]) {
            expect(await ourOpinion(token, one)).toBe(isSignedWith(token, one));
          }
        },
      ),
      150,
    ));
});
