import { describe, expect, it } from '@jest/globals';
import { base64url, nowInSeconds, PROJECT, signText, USER_AGENT } from '../support/signer.js';
import { NAMES_OF_PROTOTYPES } from './names-of-prototypes.js';
import { verifier } from './verifier.js';

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
