import { describe, expect, it } from '@jest/globals';
import { CallbackRejection } from '../../lib/verification/callback-rejection.js';
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

describe('claims under a good signature', () => {
  it('are handed over', async () => {
    expect(await check({ other: [1] })).toEqual({ ...GENUINE, other: [1] });
  });

  it.each<[claims: Claims, reason: string, message: string]>([
    [{ iss: 'vonage' }, 'issuer_mismatch', 'the issuer (iss) is not "Vonage"'],
    [{ iat: undefined }, 'issued_at_missing', 'the time of issue (iat) is missing or not a number'],
    [{ iat: String(NOW) }, 'issued_at_missing', 'the time of issue (iat) is missing or not a number'],
    [{ iat: Infinity }, 'issued_at_missing', 'the time of issue (iat) is missing or not a number'],
    [{ iat: NaN }, 'issued_at_missing', 'the time of issue (iat) is missing or not a number'],
    [{ iat: NOW + 11 }, 'issued_in_future', `the token was issued 11 s in the future: ${CLOCK}. Is that right?`],
    [{ iat: NOW - 111 }, 'token_too_old', `the token was issued 111 s ago, allowed are 100 s (maxAge): ${CLOCK}`],
    [{ iat: NOW - 110.6 }, 'token_too_old', `the token was issued 111 s ago, allowed are 100 s (maxAge): ${CLOCK}`],
    [{ exp: NOW - 10 }, 'token_expired', `the token has expired (exp): ${CLOCK}`],
    [{ exp: String(NOW + 50) }, 'token_expired', `the token has expired (exp): ${CLOCK}`],
    [{ exp: NOW - 10, nbf: NOW + 11 }, 'token_expired', `the token has expired (exp): ${CLOCK}`],
    [{ exp: 'x', nbf: NOW + 11 }, 'token_expired', `the token has expired (exp): ${CLOCK}`],
    [
      { exp: NOW - 9, nbf: NOW + 11 },
      'token_not_yet_valid',
      `the token is not valid yet (nbf): ${CLOCK}. Is that right?`,
    ],
    [{ nbf: NOW + 11 }, 'token_not_yet_valid', `the token is not valid yet (nbf): ${CLOCK}. Is that right?`],
    [{ nbf: String(NOW - 50) }, 'token_not_yet_valid', `the token is not valid yet (nbf): ${CLOCK}. Is that right?`],
    [{ jti: undefined }, 'token_id_missing', 'the token id (jti) is missing or not a text'],
    [{ jti: '' }, 'token_id_missing', 'the token id (jti) is missing or not a text'],
    [{ jti: ['id'] }, 'token_id_missing', 'the token id (jti) is missing or not a text'],
    [{ payload_hash: undefined }, 'payload_hash_missing', 'payload_hash is missing or not a SHA-256 in hex'],
    [{ payload_hash: [HASH] }, 'payload_hash_missing', 'payload_hash is missing or not a SHA-256 in hex'],
    [{ payload_hash: HASH.slice(1) }, 'payload_hash_missing', 'payload_hash is missing or not a SHA-256 in hex'],
    [{ payload_hash: `${HASH}0` }, 'payload_hash_missing', 'payload_hash is missing or not a SHA-256 in hex'],
    [{ payload_hash: `0${HASH}` }, 'payload_hash_missing', 'payload_hash is missing or not a SHA-256 in hex'],
    [
      { payload_hash: HASH.replace('a', 'g') },
      'payload_hash_missing',
      'payload_hash is missing or not a SHA-256 in hex',
    ],
  ])('that deviate by %j are refused: %s', async (claims, reason, message) => {
    expect(await refusal(claims)).toMatchObject({ reason, message });
  });

  it.each<[claims: Claims]>([
    [{ iat: NOW + 10 }],
    [{ iat: NOW - 110 }],
    [{ exp: NOW - 9 }],
    [{ nbf: NOW + 10 }],
    [{ nbf: NOW - 50, exp: NOW + 50 }],
    [{ payload_hash: HASH.toUpperCase() }],
  ])('that deviate by %j are tolerated', async (claims) => {
    expect(await check(claims)).toEqual({ ...GENUINE, ...claims });
  });

  it('have not expired as long as jose says so, which counts in whole seconds', () => {
    const claims = { ...GENUINE, exp: NOW - 10 };

    expect(checkClaims({ claims, refused: new Set(), now: NOW + 0.5, ...EXPECTATION }, SIGNER)).toMatchObject({
      exp: NOW - 10,
    });
  });

  it.each([Infinity, -Infinity])('have no time of issue if it is %d, as JSON.parse reads a number too large', (iat) => {
    const claims = { ...GENUINE, iat };

    expect(() => checkClaims({ claims, refused: new Set(), now: NOW, ...EXPECTATION }, SIGNER)).toThrow(
      expect.objectContaining({ reason: 'issued_at_missing' }),
    );
  });

  it('are refused with what is known of the token', async () => {
    expect((await refusal({ iss: 'x' }))?.token).toEqual({ ...SIGNER, jti: 'an-id', age: 5 });
    expect((await refusal({ iss: 'x', jti: 7 }))?.token).toEqual({ ...SIGNER, age: 5 });
    expect((await refusal({ iss: 'x', iat: '7' }))?.token).toEqual({ ...SIGNER, jti: 'an-id' });
  });

  it.each(['maxAge', 'clockTolerance'])('are refused if the limit %s is not a number', async (limit) => {
    expect(await refusal({}, { ...EXPECTATION, [limit]: NaN })).toBeInstanceOf(CallbackRejection);
  });

  it('need no hash of the body where none is demanded', async () => {
    const lax = { ...EXPECTATION, payloadHashRequired: false };

    expect(await check({ payload_hash: 'x' }, lax)).toMatchObject({ payload_hash: 'x' });
    expect(await check({ payload_hash: 5 }, lax)).not.toHaveProperty('payload_hash');
  });

  it.each<[claim: string, typed: unknown[], mistyped: unknown[]]>([
    ['application_id', ['an-application'], [5, null, {}, ['x']]],
    ['api_key', ['12345678', 12_345_678], [null, {}, ['x'], true]],
  ])('keep %s only if it is of its type', async (claim, typed, mistyped) => {
    for (const value of typed) expect(await check({ [claim]: value })).toHaveProperty(claim, value);
    for (const value of mistyped) expect(await check({ [claim]: value })).not.toHaveProperty(claim);
  });

  it.each(['api_key', 'exp', 'nbf'])('keep %s only if it is a number that JSON can print again', (claim) => {
    // As JSON.parse reads 1e400 and -1e400.
    for (const value of [Infinity, -Infinity]) {
      const claims = { ...GENUINE, [claim]: value };
      expect(checkClaims({ claims, refused: new Set(), now: NOW, ...EXPECTATION }, SIGNER)).toEqual(GENUINE);
    }
  });
});
