import { describe, expect, it } from '@jest/globals';
import { CallbackRejection, type RejectionReason } from '../../lib/verification/callback-rejection.js';
import { importSignatureKeys } from '../../lib/verification/signature-key.js';
import { findSigner } from '../../lib/verification/token-signature.js';
import { checkClaims } from '../../lib/verification/token-claims.js';
import { SECRET, signToken } from '../support/signer.js';

type Claims = Readonly<Record<string, unknown>>;

const NOW = 1_700_000_000;
const CLOCK = "this machine's clock says 2023-11-14T22:13:20.000Z";
const HASH = '0123456789abcdef'.repeat(4);
const GENUINE: Claims = { iss: 'Vonage', iat: NOW - 5, jti: 'an-id', payload_hash: HASH };
const SIGNER = { projectId: '12345678', secretPosition: 1 };
const KEYS = importSignatureKeys([SECRET]);
const EXPECTATION = { maxAge: 100, clockTolerance: 10, payloadHashRequired: true };

/** Checks the claims of a token that jose has verified. */
async function check(deviations: Claims, expectation = EXPECTATION) {
  const claims = { ...GENUINE, ...deviations };
  const token = signToken({ alg: 'HS256' }, claims);
  const signer = await findSigner(token, await KEYS, new Date(NOW * 1000), EXPECTATION.clockTolerance);
  return checkClaims({ claims, refused: signer?.refused ?? new Set(), now: NOW, ...expectation }, SIGNER);
}

async function refusal(deviations: Claims, expectation = EXPECTATION): Promise<CallbackRejection | undefined> {
  try {
    await check(deviations, expectation);
    return undefined;
  } catch (error) {
    if (error instanceof CallbackRejection) return error;
    throw error;
  }
}

/** What each reason says. */
const MESSAGES: Readonly<Partial<Record<RejectionReason, string>>> = {
  issuer_mismatch: 'the issuer (iss) is not "Vonage"',
  issued_at_missing: 'the time of issue (iat) is missing or not a number',
  token_expired: `the token has expired (exp): ${CLOCK}`,
  token_not_yet_valid: `the token is not valid yet (nbf): ${CLOCK}. Is that right?`,
  token_id_missing: 'the token id (jti) is missing or not a string',
  payload_hash_missing: 'payload_hash is missing or not a SHA-256 in hex',
};

/** Values of one claim that are rejected; `undefined` is none. */
const REJECTED: readonly [claim: string, reason: RejectionReason, values: readonly unknown[]][] = [
  [
    'iss',
    'issuer_mismatch',
    // Look-alikes among them, in Cyrillic and in full width.
    [undefined, null, '', 'vonage', 'VONAGE', ' Vonage', 'Vonage ', 'Vonage\0', 'V\u043enage', '\uff36onage', true],
  ],
  ['iss', 'issuer_mismatch', [['Vonage'], { toString: 'Vonage' }, { iss: 'Vonage' }]],
  ['iat', 'issued_at_missing', [undefined, null, String(NOW), '2023-11-14T22:13:20.000Z', [NOW], true, 'NaN']],
  ['iat', 'issued_in_future', [NOW + 11, NOW + 3600, NOW * 1000, Number.MAX_VALUE]],
  ['iat', 'token_too_old', [NOW - 111, NOW - 110.6, 0, -NOW, Number.MIN_VALUE, -Number.MAX_VALUE]],
  ['exp', 'token_expired', [NOW - 10, NOW - 3600, 0, null, String(NOW + 50), [NOW + 50]]],
  ['nbf', 'token_not_yet_valid', [NOW + 11, NOW * 1000, null, String(NOW - 50)]],
  ['jti', 'token_id_missing', [undefined, null, '', 7, ['id'], {}]],
  ['payload_hash', 'payload_hash_missing', [undefined, null, '', 1, [HASH], HASH.slice(1), `${HASH}0`, `0${HASH}`]],
  ['payload_hash', 'payload_hash_missing', [`${HASH}\n`, `sha256=${HASH}`, HASH.replace('a', 'g')]],
  [
    'payload_hash',
    'payload_hash_missing',
    (['base64', 'base64url'] as const).map((as) => Buffer.from(HASH, 'hex').toString(as)),
  ],
];

describe('checkClaims', () => {
  it('returns the claims', async () => {
    expect(await check({ other: [1] })).toEqual({ ...GENUINE, other: [1] });
  });

  it.each(REJECTED)('rejects as %s with %s: %j', async (claim, reason, values) => {
    for (const value of values) {
      const rejection = await refusal({ [claim]: value });
      expect([value, rejection?.reason]).toEqual([value, reason]);
      if (MESSAGES[reason] !== undefined) expect(rejection?.message).toBe(MESSAGES[reason]);
    }
  });

  it('reports how far a time of issue is off', async () => {
    expect((await refusal({ iat: NOW + 11 }))?.message).toBe(
      `the token was issued 11 s in the future: ${CLOCK}. Is that right?`,
    );
    for (const iat of [NOW - 111, NOW - 110.6]) {
      expect((await refusal({ iat }))?.message).toBe(
        `the token was issued 111 s ago, allowed are 100 s (maxAge): ${CLOCK}`,
      );
    }
  });

  it.each<[claims: Claims, reason: RejectionReason]>([
    [{ exp: NOW - 10, nbf: NOW + 11 }, 'token_expired'],
    [{ exp: 'x', nbf: NOW + 11 }, 'token_expired'],
    [{ exp: NOW - 9, nbf: NOW + 11 }, 'token_not_yet_valid'],
  ])('rejects both times %j with %s', async (claims, reason) => {
    expect(await refusal(claims)).toMatchObject({ reason, message: MESSAGES[reason] });
  });

  it.each<[claims: Claims]>([
    [{ iat: NOW + 10 }],
    [{ iat: NOW - 110 }],
    [{ iat: NOW - 0.123 }],
    [{ exp: NOW - 9 }],
    [{ nbf: NOW + 10 }],
    [{ nbf: NOW - 50, exp: NOW + 50 }],
    [{ payload_hash: HASH.toUpperCase() }],
    [{ aud: 'me', sub: 'callback', nested: { list: [1, null] } }],
  ])('accepts %j', async (claims) => {
    expect(await check(claims)).toEqual({ ...GENUINE, ...claims });
  });

  it('accepts an exp that jose accepts, which counts in whole seconds', () => {
    const claims = { ...GENUINE, exp: NOW - 10 };

    expect(checkClaims({ claims, refused: new Set(), now: NOW + 0.5, ...EXPECTATION }, SIGNER)).toMatchObject({
      exp: NOW - 10,
    });
  });

  it.each([Infinity, -Infinity])('rejects the time of issue %d, as JSON.parse reads a number too large', (iat) => {
    const claims = { ...GENUINE, iat };

    expect(() => checkClaims({ claims, refused: new Set(), now: NOW, ...EXPECTATION }, SIGNER)).toThrow(
      expect.objectContaining({ reason: 'issued_at_missing' }),
    );
  });

  it('reports what is known of the token that it rejects', async () => {
    expect((await refusal({ iss: 'x' }))?.token).toEqual({ ...SIGNER, jti: 'an-id', age: 5 });
    expect((await refusal({ iss: 'x', jti: 7 }))?.token).toEqual({ ...SIGNER, age: 5 });
    expect((await refusal({ iss: 'x', iat: '7' }))?.token).toEqual({ ...SIGNER, jti: 'an-id' });
  });

  it.each(['maxAge', 'clockTolerance'])('rejects everything if the limit %s is not a number', async (limit) => {
    expect(await refusal({}, { ...EXPECTATION, [limit]: NaN })).toBeInstanceOf(CallbackRejection);
  });

  it('needs no hash of the body where none is demanded', async () => {
    const lax = { ...EXPECTATION, payloadHashRequired: false };

    expect(await check({ payload_hash: 'x' }, lax)).toMatchObject({ payload_hash: 'x' });
    expect(await check({ payload_hash: 5 }, lax)).not.toHaveProperty('payload_hash');
  });

  it.each<[claim: string, typed: unknown[], mistyped: unknown[]]>([
    ['application_id', ['an-application'], [5, null, {}, ['x']]],
    ['api_key', ['12345678', 12_345_678], [null, {}, ['x'], true]],
  ])('keeps %s only if it is of its type', async (claim, typed, mistyped) => {
    for (const value of typed) expect(await check({ [claim]: value })).toHaveProperty(claim, value);
    for (const value of mistyped) expect(await check({ [claim]: value })).not.toHaveProperty(claim);
  });

  it.each(['api_key', 'exp', 'nbf'])('keeps %s only if it is a number that JSON can print again', (claim) => {
    // As JSON.parse reads 1e400 and -1e400.
    for (const value of [Infinity, -Infinity]) {
      const claims = { ...GENUINE, [claim]: value };
      expect(checkClaims({ claims, refused: new Set(), now: NOW, ...EXPECTATION }, SIGNER)).toEqual(GENUINE);
    }
  });
});
