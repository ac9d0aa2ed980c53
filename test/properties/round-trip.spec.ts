import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CallbackHeaders } from '../../lib/index.js';
import { signCallback } from '../../lib/testing/index.js';
import { PROJECT, SECRET, sha256, signed } from '../support/signer.js';
import { holds } from './holds.js';
import { NAMES_OF_PROTOTYPES } from './names-of-prototypes.js';
import { APPLICATION, verifier } from './verifier.js';

/** The names that the verifier looks at; any other is the sender's affair. */
const KNOWN = ['iss', 'iat', 'exp', 'nbf', 'jti', 'payload_hash', 'api_key', 'application_id'];

const claimName = fc
  .oneof(fc.constantFrom(...NAMES_OF_PROTOTYPES), fc.string(), fc.string({ unit: 'binary' }))
  // JSON.stringify leaves out nothing else, and calls a member toJSON only if it is a function.
  .filter((name) => !KNOWN.includes(name) && name !== '__proto__');

const otherClaims = fc.dictionary(claimName, fc.jsonValue(), { maxKeys: 8, noNullPrototype: true });

/** Which project the token names: as OpenTok, as a number, as the unified environment, or in both ways. */
const project = fc.constantFrom<Readonly<Record<string, unknown>>>(
  { api_key: PROJECT },
  { api_key: Number(PROJECT) },
  { application_id: APPLICATION },
  { application_id: APPLICATION, api_key: PROJECT },
  { application_id: 'of somebody else', api_key: Number(PROJECT) },
);

const body = fc.oneof(
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
      fc.asyncProperty(otherClaims, project, validity, body, async (others, owner, times, bytes) => {
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
      400,
    ));

  it('is refused for any other body', () =>
    holds(
      fc.asyncProperty(body, body, async (bytes, other) => {
        fc.pre(!Buffer.from(bytes).equals(other));
        const callback = sign(Buffer.from(bytes), { api_key: PROJECT });

        await expect(verifier.verify(callback.headers, other, 'captions')).rejects.toMatchObject({
          name: 'CallbackRejection',
          reason: 'payload_hash_mismatch',
        });
      }),
      150,
    ));
});
