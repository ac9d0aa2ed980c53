import { describe, expect, it } from '@jest/globals';
import { type CallbackRejection } from '../../lib/verification/callback-rejection.js';
import {
  CallbackVerifier,
  type CallbackVerifierOptions,
  DEFAULT_CLOCK_TOLERANCE,
  DEFAULT_MAX_AGE,
  VONAGE_CALLBACK_USER_AGENT,
} from '../../lib/verification/callback-verifier.js';
import { importSignatureKeys, type SignatureKeySource } from '../../lib/verification/signature-key.js';
import { readToken } from '../../lib/verification/unverified-token.js';
import { nowInSeconds, PROJECT, SECRET, sha256, signed, type SigningOptions } from '../support/signer.js';

const keys: SignatureKeySource = {
  keysFor: (projectId) => ([PROJECT, 'an-application'].includes(projectId) ? importSignatureKeys([SECRET]) : undefined),
};
const verifier = (options: Partial<CallbackVerifierOptions> = {}) => new CallbackVerifier({ keys, ...options });

const verify = (signing: SigningOptions = {}, options: Partial<CallbackVerifierOptions> = {}) => {
  const { headers, body } = signed('{}', signing);
  return verifier(options).verify(headers, body, 'sip');
};
const refusal = (signing: SigningOptions, options: Partial<CallbackVerifierOptions> = {}) =>
  verify(signing, options).then(
    () => undefined,
    (error: unknown) => error as CallbackRejection,
  );

describe('the verifier', () => {
  it('has the defaults that are documented', () => {
    expect([VONAGE_CALLBACK_USER_AGENT, DEFAULT_MAX_AGE, DEFAULT_CLOCK_TOLERANCE]).toEqual([
      'Vonage/Callback/v1.0',
      90_000,
      60,
    ]);
    expect([verifier().verifiesPayload, verifier({ verifyPayload: false }).verifiesPayload]).toEqual([true, false]);
  });

  it.each<[signing: SigningOptions, reason: string, message: string, projectId: string | undefined]>([
    [
      { headers: { 'user-agent': undefined } },
      'user_agent_mismatch',
      'there is no User-Agent, not that of Vonage callbacks (userAgent)',
      undefined,
    ],
    [
      { headers: { 'user-agent': 'curl' } },
      'user_agent_mismatch',
      'the User-Agent is "curl", not that of Vonage callbacks (userAgent)',
      undefined,
    ],
    [{ header: { alg: 'none' } }, 'algorithm_not_allowed', 'the token is not signed with HS256', undefined],
    [
      { header: { crit: [] } },
      'critical_header_unsupported',
      'the token demands extensions (crit), none is known',
      undefined,
    ],
    [{ claims: { api_key: '' } }, 'project_missing', 'the token names no project (application_id, api_key)', undefined],
    [
      { claims: { api_key: 'x'.repeat(129) } },
      'project_missing',
      'the token names no project (application_id, api_key)',
      undefined,
    ],
    [
      { claims: { api_key: [PROJECT] } },
      'project_missing',
      'the token names no project (application_id, api_key)',
      undefined,
    ],
    [
      { claims: { api_key: 'x'.repeat(128) } },
      'project_unknown',
      'no secret is configured for the project of the token',
      'x'.repeat(128),
    ],
    [
      { claims: { application_id: 'a', api_key: 'b' } },
      'project_unknown',
      'no secret is configured for the project of the token',
      'b',
    ],
    [{ secret: 'another' }, 'signature_mismatch', 'no sip secret of the project made this signature', PROJECT],
  ])('says why it refuses %j', async (signing, reason, message, projectId) => {
    expect(await refusal(signing)).toMatchObject({ reason, message });
    expect((await refusal(signing))?.projectId).toBe(projectId);
  });

  it('names every configured project whose name is like one that the token names', async () => {
    const projectLike = (projectId: string) => (projectId === 'other' ? undefined : projectId.toUpperCase());
    const messageOf = async (claims: Readonly<Record<string, unknown>>) =>
      (await refusal({ claims }, { keys: { ...keys, projectLike } }))?.message;
    const unknown = 'no secret is configured for the project of the token';

    expect(await messageOf({ application_id: 'a', api_key: 'b' })).toBe(
      `${unknown}; projects['A'] differs in white space, quotes or case only` +
        "; projects['B'] differs in white space, quotes or case only",
    );
    expect(await messageOf({ api_key: 'other' })).toBe(unknown);
  });

  it.each<[claims: Readonly<Record<string, unknown>>, projectId: string]>([
    [{}, PROJECT],
    [{ api_key: Number(PROJECT) }, PROJECT],
    [{ application_id: 'an-application' }, 'an-application'],
    [{ application_id: 'unknown' }, PROJECT],
    [{ application_id: '', api_key: 'an-application' }, 'an-application'],
  ])('of claims %j takes the project %s', async (claims, projectId) => {
    expect(await verify({ claims })).toMatchObject({ kind: 'sip', projectId, secretPosition: 0 });
  });

  it('expects the user agent that it was told', async () => {
    const pattern = /^curl/g;
    const curl = { headers: { 'user-agent': 'curl/8' } };
    for (let count = 0; count < 3; count += 1) expect(await refusal(curl, { userAgent: pattern })).toBeUndefined();
    expect(pattern.lastIndex).toBe(0);
    expect(await refusal({}, { userAgent: pattern })).toMatchObject({ reason: 'user_agent_mismatch' });
    const none = { headers: { 'user-agent': undefined } };
    expect(await refusal(none, { userAgent: /undefined/ })).toMatchObject({ reason: 'user_agent_mismatch' });
    expect(await refusal(none, { userAgent: false })).toBeUndefined();
    expect(await refusal(curl, { userAgent: 'curl/8' })).toBeUndefined();
    expect(await refusal(curl, { userAgent: 'curl' })).toMatchObject({ reason: 'user_agent_mismatch' });
  });

  it.each([
    ['maxAge', -1],
    ['maxAge', NaN],
    ['clockTolerance', -1],
  ] as const)('is not made with %s: %s', (option, value) => {
    expect(() => verifier({ [option]: value })).toThrow(
      expect.objectContaining({
        name: 'RangeError',
        message: expect.stringContaining(`${option} is ${value}: it must be a number of seconds, at least 0`),
      }),
    );
    expect(() => verifier({ [option]: 0 })).not.toThrow();
  });

  it.each<[age: number, options: Partial<CallbackVerifierOptions>, reason: string | undefined]>([
    [90_050, {}, undefined],
    [90_070, {}, 'token_too_old'],
    [-50, {}, undefined],
    [-70, {}, 'issued_in_future'],
    [15, { maxAge: 10, clockTolerance: 10 }, undefined],
    [30, { maxAge: 10, clockTolerance: 10 }, 'token_too_old'],
    [5, { maxAge: 0, clockTolerance: 0 }, 'token_too_old'],
  ])('judges a token %d s old by %j', async (age, options, reason) => {
    expect((await refusal({ claims: { iat: nowInSeconds() - age } }, options))?.reason).toBe(reason);
  });

  it('tells whose secret made the signature of a token that it refuses', async () => {
    expect(await refusal({ claims: { iss: 'Somebody' } })).toMatchObject({
      reason: 'issuer_mismatch',
      token: { projectId: PROJECT, secretPosition: 0 },
    });
  });

  it('holds the body against the signed hash', async () => {
    const { headers } = signed('{}');
    const token = await verifier().verifyToken(headers, 'sip');
    const other = Buffer.from('[]');
    expect(verifier().comparePayload(token, Buffer.from('{}'))).toEqual({
      bodyHash: sha256('{}'),
      mismatch: undefined,
    });
    expect(verifier().verifyPayload(token, Buffer.from('{}'))).toBe(sha256('{}'));
    expect(() => verifier().verifyPayload(token, other)).toThrow(
      expect.objectContaining({ reason: 'payload_hash_mismatch', message: expect.stringContaining(sha256('[]')) }),
    );
    expect(verifier({ verifyPayload: false }).verifyPayload(token, other)).toBe(sha256('[]'));

    const { mismatch } = verifier().comparePayload(token, other);
    expect(mismatch?.token).toEqual({
      projectId: PROJECT,
      secretPosition: 0,
      jti: token.claims.jti,
      age: expect.any(Number),
    });
    expect(Math.abs(mismatch?.token.age ?? NaN)).toBeLessThan(30);
  });

  it('names the secret of a body that is not the signed one only if the secret has a name', async () => {
    const tokenOf = async (secrets: Parameters<typeof importSignatureKeys>[0]) => {
      const named = verifier({ keys: { keysFor: () => importSignatureKeys(secrets) } });
      const token = await named.verifyToken(signed('{}').headers, 'sip');
      return named.comparePayload(token, Buffer.from('[]')).mismatch?.token;
    };

    expect(await tokenOf([{ name: 'calls', secret: SECRET }])).toMatchObject({ secretName: 'calls' });
    expect(await tokenOf([SECRET])).not.toHaveProperty('secretName');
  });

  it('finds no body good for a token without a hash', async () => {
    const lax = verifier({ verifyPayload: false });
    const token = await lax.verifyToken(signed('{}', { claims: { payload_hash: undefined } }).headers, 'sip');

    expect(lax.comparePayload(token, Buffer.from('{}')).mismatch).toMatchObject({ reason: 'payload_hash_mismatch' });
    expect(lax.comparePayload(token, Buffer.from('{}')).mismatch?.message).toContain('(SHA-256 )');
  });

  it('tells the source about every good signature, and which key made it', async () => {
    const imported = await importSignatureKeys(['new', SECRET]);
    const told: unknown[] = [];
    const source: SignatureKeySource = { keysFor: () => imported, matched: (...matched) => told.push(matched) };
    expect(await verify({}, { keys: source })).toMatchObject({ secretPosition: 1 });
    expect(await verify({ secret: 'new' }, { keys: source })).toMatchObject({ secretPosition: 0 });

    await expect(verify({ secret: 'another' }, { keys: source })).rejects.toMatchObject({
      reason: 'signature_mismatch',
    });

    expect(told).toEqual([
      [PROJECT, 'sip', imported[1]],
      [PROJECT, 'sip', imported[0]],
    ]);
    expect(await verify({}, { keys: { keysFor: () => imported } })).toMatchObject({ secretPosition: 1 });
  });

  it('tells the source which unknown project a token with a good signature names', async () => {
    const told: unknown[] = [];
    const source: SignatureKeySource = {
      keysFor: (projectId) => (projectId === PROJECT ? importSignatureKeys([SECRET]) : undefined),
      passedOver: (...passedOver) => told.push(passedOver),
    };
    const claims = { application_id: 'an-application' };
    await verify({}, { keys: source });
    await expect(verify({ claims, secret: 'another' }, { keys: source })).rejects.toMatchObject({
      reason: 'signature_mismatch',
    });
    expect(told).toEqual([]);
    await verify({ claims }, { keys: source });

    expect(told).toEqual([['an-application', 'sip']]);
  });

  it('can be asked for its steps one by one', async () => {
    const { headers } = signed('{}');
    const unnamed = { authorization: headers['authorization'] };

    expect(() => {
      verifier().checkUserAgent(unnamed);
    }).toThrow(expect.objectContaining({ reason: 'user_agent_mismatch' }));
    expect(() => {
      verifier().checkUserAgent(headers);
    }).not.toThrow();
    expect(await verifier().verifySignature(readToken(unnamed), ['sip'])).toEqual({
      token: await verifier().verifyToken(headers, 'sip'),
      unavailable: [],
    });
  });

  describe('asked which kind made a signature', () => {
    const ofKind = (kind: string, project = PROJECT): SignatureKeySource => ({
      ...keys,
      keysAtHand: (projectId, of) =>
        of === kind && projectId === project ? importSignatureKeys([SECRET]) : importSignatureKeys(['other']),
    });
    const kindOf = (source: SignatureKeySource, claims = {}) =>
      verifier({ keys: source }).kindOfSigner(signed('{}', { claims }).headers, 'sip');

    it('finds it among the secrets at hand of every project that the token names', async () => {
      expect(await kindOf(ofKind('archive'))).toBe('archive');
      expect(await kindOf(ofKind('captions', 'an-application'), { application_id: 'an-application' })).toBe('captions');
      expect(await kindOf(ofKind('captions'), { application_id: 'an-application' })).toBe('captions');
    });

    it('says nothing of the kind itself, nor where no secret is at hand', async () => {
      expect(await kindOf(ofKind('sip'))).toBeUndefined();
      expect(await kindOf(keys)).toBeUndefined();
      expect(await kindOf({ ...keys, keysAtHand: () => undefined })).toBeUndefined();
    });

    it('asks for no project that none can be', async () => {
      const asked = new Set<string>();
      const source: SignatureKeySource = {
        ...keys,
        keysAtHand: (projectId) => {
          asked.add(projectId);
          return undefined;
        },
      };
      await kindOf(source, { application_id: '', api_key: 7 });

      expect([...asked]).toEqual(['7']);
    });
  });
});
