import { describe, expect, it } from '@jest/globals';
import { webcrypto } from 'node:crypto';
import { inspect } from 'node:util';
import {
  importHmacKey,
  importSignatureKeys,
  secretOf,
  type SignatureKey,
} from '../../lib/verification/signature-key.js';
import { findSigner, refusedClaims } from '../../lib/verification/token-signature.js';
import { genuineClaims, nowInSeconds, signText, signToken } from '../support/signer.js';

describe('A signature key', () => {
  const HEADER = { alg: 'HS256' };
  const sign = (secret: string, claims = {}) => signToken(HEADER, { ...genuineClaims(''), ...claims }, secret);
  const find = async (token: string, keys: Promise<readonly SignatureKey[]>, clockTolerance = 0) =>
    findSigner(token, await keys, new Date(), clockTolerance);

  it('is imported for each secret, as UTF-8 and in their order', async () => {
    const keys = importSignatureKeys(['one', 'zwölf']);

    expect((await keys).map(({ position }) => position)).toEqual([0, 1]);
    for (const [position, secret] of ['one', 'zwölf'].entries()) {
      expect(await find(sign(secret), keys)).toEqual({ key: (await keys)[position], refused: new Set() });
    }
    expect(await find(sign('One'), keys)).toBeUndefined();
    expect(await find(sign('one'), importSignatureKeys([]))).toBeUndefined();
  });

  it('has the name of its secret, if the secret has one', async () => {
    const secrets = [{ name: 'calls', secret: 'one' }, 'two'];
    const [named, plain] = (await importSignatureKeys(secrets)) as [SignatureKey, SignatureKey];

    expect(await find(sign('one'), importSignatureKeys(secrets))).toMatchObject({ key: { name: 'calls' } });
    expect(secretOf(named)).toStrictEqual({ secretPosition: 0, secretName: 'calls' });
    expect(secretOf(plain)).toStrictEqual({ secretPosition: 1 });
    expect(plain).not.toHaveProperty('name');
  });

  it('does not show its secret', async () => {
    const [key] = await importSignatureKeys(['one']);

    expect(key?.key).toMatchObject({ extractable: false, usages: ['verify'] });
    expect(inspect(key, { depth: 9 })).not.toContain('one');
  });

  it.each([0, 31, 33])('rejects a signature of %d bytes', async (length) => {
    const [, , signature = ''] = sign('one').split('.');
    const bytes = Buffer.concat([Buffer.from(signature, 'base64url'), Buffer.alloc(1)]).subarray(0, length);
    const token = sign('one').replace(/[^.]*$/, bytes.toString('base64url'));

    expect(await find(token, importSignatureKeys(['one']))).toBeUndefined();
  });

  it('reports which claims jose refuses of a token that it signed', async () => {
    const refused = async (claims: object, clockTolerance?: number) => [
      ...((await find(sign('one', claims), importSignatureKeys(['one']), clockTolerance))?.refused ?? []),
    ];
    const [soon, before] = [nowInSeconds() + 5, nowInSeconds() - 5];

    expect(await refused({ iss: 'vonage' })).toEqual(['iss']);
    expect(await refused({ iat: 'now' })).toEqual(['iat']);
    expect(await refused({ nbf: soon })).toEqual(['nbf']);
    expect(await refused({ exp: before })).toEqual(['exp']);
    expect(await refused({ exp: before, nbf: soon, iss: undefined })).toEqual(['iss', 'exp', 'nbf']);
    expect(await refused({ exp: before }, 9)).toEqual([]);
  });

  it('is not needed to find the claims that jose refuses, whatever their depth and size', () => {
    let deep: unknown = [];
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    const refused = (claims: Readonly<Record<string, unknown>>) => [
      ...refusedClaims({ iss: 'Vonage', ...claims }, new Date(), 0),
    ];

    expect(refused({})).toEqual([]);
    expect(refused({ iss: deep, exp: deep, nbf: deep })).toEqual(['iss', 'exp', 'nbf']);
    expect(refused({ exp: Infinity, nbf: -Infinity })).toEqual([]);
    expect(refused({ exp: -Infinity, nbf: Infinity })).toEqual(['exp', 'nbf']);
  });

  it.each(['HS384', 'HS512', 'none'])('rejects a token of the algorithm %s', async (alg) => {
    const hash = alg === 'HS384' ? 'sha384' : 'sha512';
    const token = signToken({ alg }, genuineClaims(''), 'one', hash);

    await expect(find(token, importSignatureKeys(['one']))).rejects.toMatchObject({
      reason: 'token_malformed',
      message: 'the token cannot be read: ERR_JOSE_ALG_NOT_ALLOWED',
    });
  });

  it.each(['', 'x', 'x.y.z', signText('e30.e30', 'one')])(
    'rejects as malformed what jose cannot read: %j',
    async (token) => {
      await expect(find(token, importSignatureKeys(['one']))).rejects.toMatchObject({ reason: 'token_malformed' });
    },
  );

  it('of another algorithm throws a TypeError, not a rejection', async () => {
    const { privateKey: key } = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
    ]);

    await expect(find(sign('one'), Promise.resolve([{ key, position: 0 }]))).rejects.toThrow(TypeError);
  });

  it('can be imported from bytes', async () => {
    const keys = importHmacKey(Buffer.from('one')).then((key) => [{ key, position: 7 }]);

    expect(await find(sign('one'), keys)).toMatchObject({ key: { position: 7 } });
  });

  it('cannot be imported from an empty secret', async () => {
    for (const secret of ['', { name: 'calls', secret: '' }]) {
      await expect(importSignatureKeys(['one', secret])).rejects.toThrow(new TypeError('A signature secret is empty.'));
    }
  });

  it('is not imported for each character of a string', async () => {
    await expect(importSignatureKeys('one' as unknown as string[])).rejects.toThrow(
      new TypeError('The signature secrets are a string: give a list of them.'),
    );
  });
});
