import { describe, expect, it } from '@jest/globals';
import { CALLBACK_CHECKS } from '../../lib/verification/callback-check.js';
import { CallbackRejection } from '../../lib/verification/callback-rejection.js';
import { CallbackVerifier } from '../../lib/verification/callback-verifier.js';
import { importSignatureKeys, type SignatureKeySource } from '../../lib/verification/signature-key.js';
import { PAYLOADS } from '../support/payloads.js';
import {
  base64url,
  genuineClaims,
  nowInSeconds,
  PROJECT,
  SECRET,
  signed,
  type SignedRequest,
  type SigningOptions,
  signText,
} from '../support/signer.js';

const NOW = nowInSeconds();
const KEYS = importSignatureKeys([SECRET]);

function verifierWith(keys: Partial<SignatureKeySource> = {}, options = {}): CallbackVerifier {
  return new CallbackVerifier({
    keys: { keysFor: (project) => (project === PROJECT ? KEYS : undefined), ...keys },
    ...options,
  });
}

/** The reason of the rejection; `undefined` if there is none. */
async function reasonOf(verifying: Promise<unknown>): Promise<string | undefined> {
  try {
    await verifying;
    return undefined;
  } catch (error) {
    if (error instanceof CallbackRejection) return error.reason;
    throw error;
  }
}

describe('CallbackVerifier.examine', () => {
  it('lists every check of a genuine request in order', async () => {
    const { headers, body } = signed(PAYLOADS.archive);
    const checks = await verifierWith().examine(headers, body, 'archive');
    expect(checks).toEqual(CALLBACK_CHECKS.map((name) => ({ name, outcome: 'passed' })));
  });

  it.each<[title: string, options: SigningOptions & { readonly body?: string }]>([
    ['a genuine request', {}],
    ...(
      [
        ['iss', ['Vonage', 'vonage', null, undefined, {}]],
        ['iat', [NOW, NOW - 90_050, NOW - 90_070, NOW + 50, NOW + 70, `${NOW}`, null, undefined]],
        ['exp', [NOW + 1, NOW - 50, NOW - 70, 'x', null, 1e308, []]],
        ['nbf', [NOW - 1, NOW + 50, NOW + 70, 'x', null, 1e308, []]],
        ['jti', ['x', '', 1, null, undefined]],
        ['payload_hash', [undefined, null, '', 'x', '0'.repeat(64), []]],
        ['api_key', [12345678, 1, '', null, undefined, {}]],
      ] as const
    ).flatMap(([claim, values]) =>
      values.map((value): [string, SigningOptions] => [
        `${claim} ${value === undefined ? 'missing' : JSON.stringify(value)}`,
        { claims: { [claim]: value } },
      ]),
    ),
    ['two refused claims', { claims: { exp: NOW - 70, nbf: NOW + 70 } }],
    ...['HS384', 'none', 'hs256', undefined].map((alg): [string, SigningOptions] => [
      `alg ${alg ?? 'missing'}`,
      { header: { alg } },
    ]),
    ['crit', { header: { crit: [] } }],
    ['another secret', { secret: 'another' }],
    ['another secret and an old token', { secret: 'another', claims: { iat: 1 } }],
    ['another User-Agent', { headers: { 'user-agent': 'x' } }],
    ['no token', { headers: { authorization: undefined } }],
    ['another scheme', { headers: { authorization: 'Basic x' } }],
    ['a token that is none', { headers: { authorization: 'Bearer a.b' } }],
    ['another body', { body: '{}' }],
  ])('finds first what verify() refuses: %s', async (_, { body, ...options }) => {
    const request = signed(PAYLOADS.archive, options);
    const rawBody = body === undefined ? request.body : Buffer.from(body);
    for (const verifier of [verifierWith(), verifierWith({}, { verifyPayload: false, userAgent: false })]) {
      const checks = await verifier.examine(request.headers, rawBody, ['archive', 'sip']);
      const failure = checks.find(({ outcome }) => outcome === 'failed');
      expect(failure?.reason).toBe(await reasonOf(verifier.verify(request.headers, rawBody, ['archive', 'sip'])));
    }
  });

  it.each(['1e999', '-1e999', `${'['.repeat(500)}${']'.repeat(500)}`])(
    'finds first what verify() refuses, also of a claim that JavaScript cannot print as it was sent: %.20s',
    async (value) => {
      const { headers, body } = signed(PAYLOADS.archive);
      for (const claim of ['iat', 'exp', 'nbf', 'api_key']) {
        const claims = JSON.stringify({ ...genuineClaims(body), [claim]: '?' }).replace('"?"', value);
        const token = signText(`${base64url('{"alg":"HS256"}')}.${base64url(claims)}`);
        const request = { ...headers, authorization: `Bearer ${token}` };
        const checks = await verifierWith().examine(request, body, 'archive');
        expect([claim, checks.find(({ outcome }) => outcome === 'failed')?.reason]).toEqual([
          claim,
          await reasonOf(verifierWith().verify(request, body, 'archive')),
        ]);
      }
    },
  );

  const failedOf = async (verifier: CallbackVerifier, { headers, body }: SignedRequest) =>
    (await verifier.examine(headers, body, 'archive')).filter(({ outcome }) => outcome !== 'passed');

  it('goes on after a failure', async () => {
    const claims = { iss: 'x', iat: 1, exp: 1, nbf: NOW + 999, jti: 7, api_key: 'unknown' };
    const request = signed(PAYLOADS.archive, { secret: 'another', claims, headers: { 'user-agent': 'x' } });
    const keysAtHand: SignatureKeySource['keysAtHand'] = () => KEYS;
    const failed = await failedOf(verifierWith({ keysAtHand }), { ...request, body: Buffer.from('{}') });
    expect(failed.map(({ name, reason }) => [name, reason])).toEqual([
      ['user_agent', 'user_agent_mismatch'],
      ['project', 'project_unknown'],
      ['signature', 'signature_mismatch'],
      ['issuer', 'issuer_mismatch'],
      ['issued_at', 'token_too_old'],
      ['expiry', 'token_expired'],
      ['not_before', 'token_not_yet_valid'],
      ['token_id', 'token_id_missing'],
      ['payload_hash', 'payload_hash_mismatch'],
    ]);
  });

  const skipped = (name: string, explanation: string) => ({ name, outcome: 'skipped', explanation });

  it('skips a signature for which there is no key', async () => {
    const { headers, body } = signed(PAYLOADS.archive);
    const verifier = verifierWith({ keysFor: () => [] });
    expect(await failedOf(verifier, { headers, body })).toEqual([
      skipped('signature', 'no archive secret of a project that the token names is known'),
    ]);
    expect(await verifier.examine(headers, body, ['archive', 'sip'])).toContainEqual(
      skipped('signature', 'no archive or sip secret of a project that the token names is known'),
    );
  });

  it.each([
    ['algorithm', { alg: 'none' }],
    ['critical_header', { crit: [] }],
  ])('skips a signature whose token fails the check %s', async (name, header) => {
    expect(await failedOf(verifierWith(), signed(PAYLOADS.archive, { header }))).toEqual([
      expect.objectContaining({ name, outcome: 'failed' }),
      skipped('signature', 'the token is of a form that is not verified'),
    ]);
  });

  it('skips signature and body where there is no token, or none that can be read', async () => {
    const unreadable = 'there is no token that can be read';
    const failedWith = (authorization: string | undefined) =>
      failedOf(verifierWith(), signed(PAYLOADS.archive, { headers: { authorization } }));
    expect(await failedWith(undefined)).toEqual([
      expect.objectContaining({ name: 'authorization', reason: 'authorization_missing' }),
      skipped('token_form', 'there is no token'),
      skipped('signature', unreadable),
      skipped('payload_hash', unreadable),
    ]);
    expect(await failedWith('Bearer a.b')).toEqual([
      expect.objectContaining({ name: 'token_form', outcome: 'failed' }),
      skipped('signature', unreadable),
      skipped('payload_hash', unreadable),
    ]);
  });

  it('skips the body where none is known, or no hash of it was signed', async () => {
    const { headers } = signed(PAYLOADS.archive);
    expect(await verifierWith().examine(headers, undefined, 'archive')).toContainEqual(
      skipped('payload_hash', 'the body is not known'),
    );
    const unsigned = signed(PAYLOADS.archive, { claims: { payload_hash: undefined } });
    expect(await failedOf(verifierWith({}, { verifyPayload: false }), unsigned)).toEqual([
      skipped('payload_hash', 'no hash was signed'),
    ]);
  });

  it('judges a moment that is given, and a request without its body', async () => {
    const { headers } = signed(PAYLOADS.archive, { claims: { iat: 1000, exp: 1100 } });
    const outcomes = async (seconds: number) =>
      (await verifierWith().examine(headers, undefined, 'archive', new Date(seconds * 1000)))
        .filter(({ outcome }) => outcome !== 'passed')
        .map(({ name, outcome }) => `${name} ${outcome}`);
    expect(await outcomes(1010)).toEqual(['payload_hash skipped']);
    expect(await outcomes(1170)).toEqual(['expiry failed', 'payload_hash skipped']);
  });

  it('refuses to look for no kind at all, as verify() does', async () => {
    const { headers, body } = signed(PAYLOADS.archive);
    const error = new TypeError('No kind of callback is named: name one, or a list of them.');
    await expect(verifierWith().examine(headers, body, [])).rejects.toThrow(error);
    await expect(verifierWith().verify(headers, body, [])).rejects.toThrow(error);
  });

  it('passes on that the keys of one kind are unavailable, if no key of another kind made the signature', async () => {
    const fault = new Error('the vault is down');
    const verifier = verifierWith({ keysFor: (_, kind) => (kind === 'sip' ? Promise.reject(fault) : KEYS) });
    const examined = ({ headers, body }: SignedRequest) => verifier.examine(headers, body, ['archive', 'sip']);

    await expect(examined(signed(PAYLOADS.archive, { secret: 'another' }))).rejects.toBe(fault);
    expect(await examined(signed(PAYLOADS.archive))).toContainEqual({ name: 'signature', outcome: 'passed' });
  });

  it('passes on what the key source throws', async () => {
    const fault = new Error('the vault is down');
    const verifier = verifierWith({ keysFor: () => Promise.reject(fault) });
    await expect(failedOf(verifier, signed(PAYLOADS.archive))).rejects.toBe(fault);
  });
});
