import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compactVerify } from 'jose';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { CallbackRejection, CallbackVerifier, importSignatureKeys } from '../../lib/index.js';
import { PROJECT, SECRET, signText, USER_AGENT } from '../support/signer.js';
import { holds } from './holds.js';
import { tokenText } from './token-texts.js';

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

/** Node's own HMAC over what stands before the second dot, which shares nothing with jose. */
function opinionOfNode(token: string, secret: string): boolean {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const expected = createHmac('sha256', secret).update(`${header}.${claims}`).digest();
  const bytes = Buffer.from(signature, 'base64url');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
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
        expect(opinionOfNode(token, SECRET)).toBe(true);
      }),
      2000,
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
            expect(await ourOpinion(token, one)).toBe(opinionOfNode(token, one));
          }
        },
      ),
      500,
    ));
});
