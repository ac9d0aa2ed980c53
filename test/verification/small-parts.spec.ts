import { describe, expect, it } from '@jest/globals';
import { webcrypto } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { isIP, Socket } from 'node:net';
import { inspect } from 'node:util';
import { CallbackRejectedException } from '../../lib/index.js';
import { CallbackRejection } from '../../lib/verification/callback-rejection.js';
import { RequestOrigin } from '../../lib/verification/request-origin.js';
import { payloadDigest, payloadMismatch } from '../../lib/verification/payload-hash.js';
import { cut, quoted } from '../../lib/verification/quoted-text.js';
import {
  importHmacKey,
  importSignatureKeys,
  secretOf,
  type SignatureKey,
} from '../../lib/verification/signature-key.js';
import { findSigner, refusedClaims } from '../../lib/verification/token-signature.js';
import { isAddressRange, SourceAddresses, VONAGE_CALLBACK_ADDRESSES } from '../../lib/verification/source-addresses.js';
import { genuineClaims, nowInSeconds, sha256, signText, signToken } from '../support/signer.js';

const refusal = (reason: string, message: string) => expect.objectContaining({ reason, message });

describe('a refusal', () => {
  it('knows what is known of the token', () => {
    const token = { projectId: 'p', jti: 'x', age: 1, secretPosition: 0 };
    const rejection = new CallbackRejection('token_expired', 'why', token);

    expect(rejection).toMatchObject({ name: 'CallbackRejection', reason: 'token_expired', message: 'why', token });
    expect(rejection.projectId).toBe('p');
    expect(new CallbackRejection('token_expired', 'why').token).toEqual({});
  });

  it('changes nothing about the stack traces of other errors', () => {
    const { stackTraceLimit } = Error;
    new CallbackRejection('token_expired', 'why');
    new CallbackRejectedException('token_expired');

    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    expect(new Error('another').stack).toContain('\n    at ');
  });
});

describe('untrusted text', () => {
  it('is cut after 64 characters', () => {
    expect(cut('x'.repeat(64))).toBe('x'.repeat(64));
    expect(cut('x'.repeat(65))).toBe(`${'x'.repeat(64)}…`);
  });

  it('is cut between characters, of which each code point is one', () => {
    expect(cut('\u{1f600}'.repeat(64))).toBe('\u{1f600}'.repeat(64));
    expect(cut(`x${'\u{1f600}'.repeat(64)}`)).toBe(`x${'\u{1f600}'.repeat(63)}…`);
    expect(quoted(`x${'\u{1f600}'.repeat(1000)}`)).toBe(`"x${'\u{1f600}'.repeat(63)}…"`);
  });

  it('is harmless whatever characters it has, and equal as JSON', () => {
    const wrong: string[] = [];
    // The planes that have characters, and tags, which are invisible.
    for (let codePoint = 0; codePoint <= 0xe0fff; codePoint += codePoint === 0x1ffff ? 0xc0001 : 1) {
      const character = String.fromCodePoint(codePoint);
      const isUnsafe = /[\p{C}\p{Zl}\p{Zp}]/u.test(character);
      const json = quoted(character);
      const isRight =
        JSON.parse(json) === character &&
        (isUnsafe ? /^"[ -~]+"$/ : /^".{1,2}"$/su).test(json) &&
        cut(character) === (isUnsafe ? '?' : character);
      if (!isRight) wrong.push(codePoint.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  it('has no lone surrogate once it is cut or quoted', () => {
    for (const text of ['\ud83d', '\ude00\ud83d', `${'x'.repeat(63)}\ud83d`, `${'x'.repeat(64)}\ude00`]) {
      expect(Buffer.from(cut(text)).toString()).toBe(cut(text));
      expect(cut(text)).not.toContain('\ufffd');
      expect(JSON.parse(quoted(text))).toBe(text.length > 64 ? `${text.slice(0, 64)}…` : text);
    }
  });

  it('is quoted without control characters and changes of direction', () => {
    expect(quoted('a"b\n')).toBe('"a\\"b\\n"');
    expect(quoted('a\u007f\u009f\u00a0b\u2028\u202e\u202f\u2066\u2069\u206a')).toBe(
      '"a\\u007f\\u009f\u00a0b\\u2028\\u202e\u202f\\u2066\\u2069\\u206a"',
    );
    expect(quoted('x'.repeat(65))).toBe(`"${'x'.repeat(64)}…"`);
  });
});

describe('the hash of a body', () => {
  const digest = payloadDigest(Buffer.from('body'));

  it('is SHA-256', () => {
    expect(digest.toString('hex')).toBe(sha256('body'));
  });

  it('agrees with the signed one in any case of its digits', () => {
    expect(payloadMismatch(sha256('body'), digest, 4)).toBeUndefined();
    expect(payloadMismatch(sha256('body').toUpperCase(), digest, 4)).toBeUndefined();
  });

  it.each([sha256('Body'), '', sha256('body').slice(2), `${sha256('body')}00`])('does not agree with %j', (signed) => {
    expect(payloadMismatch(signed, digest, 4)).toBe(
      `the body that arrived (4 bytes, SHA-256 ${sha256('body')}) is not the one that was signed (SHA-256 ${signed}): ` +
        'something between Vonage and this process rewrites it (a proxy, a body parser)',
    );
  });
});

describe('a key', () => {
  const HEADER = { alg: 'HS256' };
  const sign = (secret: string, claims = {}) => signToken(HEADER, { ...genuineClaims(''), ...claims }, secret);
  const find = async (token: string, keys: Promise<readonly SignatureKey[]>, clockTolerance = 0) =>
    findSigner(token, await keys, new Date(), clockTolerance);

  it('is made of each secret, as UTF-8 and in their order', async () => {
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

  it('shows its secret to nobody', async () => {
    const [key] = await importSignatureKeys(['one']);

    expect(key?.key).toMatchObject({ extractable: false, usages: ['verify'] });
    expect(inspect(key, { depth: 9 })).not.toContain('one');
  });

  it.each([0, 31, 33])('finds no signature of %d bytes good', async (length) => {
    const [, , signature = ''] = sign('one').split('.');
    const bytes = Buffer.concat([Buffer.from(signature, 'base64url'), Buffer.alloc(1)]).subarray(0, length);
    const token = sign('one').replace(/[^.]*$/, bytes.toString('base64url'));

    expect(await find(token, importSignatureKeys(['one']))).toBeUndefined();
  });

  it('tells which claims jose refuses of a token that it signed', async () => {
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

  it('is not needed to tell which claims jose refuses, however deep or large they are', () => {
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

  it.each(['HS384', 'HS512', 'none'])('never takes a token of algorithm %s', async (alg) => {
    const hash = alg === 'HS384' ? 'sha384' : 'sha512';
    const token = signToken({ alg }, genuineClaims(''), 'one', hash);

    await expect(find(token, importSignatureKeys(['one']))).rejects.toMatchObject({
      reason: 'token_malformed',
      message: 'the token cannot be read: ERR_JOSE_ALG_NOT_ALLOWED',
    });
  });

  it.each(['', 'x', 'x.y.z', signText('e30.e30', 'one')])(
    'finds what jose cannot read malformed: %j',
    async (token) => {
      await expect(find(token, importSignatureKeys(['one']))).rejects.toMatchObject({ reason: 'token_malformed' });
    },
  );

  it('of another kind is our own fault, and no refusal', async () => {
    const { privateKey: key } = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
    ]);

    await expect(find(sign('one'), Promise.resolve([{ key, position: 0 }]))).rejects.toThrow(TypeError);
  });

  it('is made of bytes too', async () => {
    const keys = importHmacKey(Buffer.from('one')).then((key) => [{ key, position: 7 }]);

    expect(await find(sign('one'), keys)).toMatchObject({ key: { position: 7 } });
  });

  it('is not made of an empty secret', async () => {
    for (const secret of ['', { name: 'calls', secret: '' }]) {
      await expect(importSignatureKeys(['one', secret])).rejects.toThrow(new TypeError('A signature secret is empty.'));
    }
  });

  it('is not made of each character of a text', async () => {
    await expect(importSignatureKeys('one' as unknown as string[])).rejects.toThrow(
      new TypeError('The signature secrets are a text: give a list of them.'),
    );
  });
});

describe('allowed addresses', () => {
  const errorFor = (address: string | undefined) => {
    const found =
      address === undefined
        ? 'the platform reports no source address'
        : isIP(address) === 0
          ? `the platform reports "${address}", which is not an address`
          : `the source address ${address} is not allowed`;
    return refusal('address_not_allowed', `${found} (allowedAddresses); behind a proxy, is "trust proxy" set?`);
  };
  const verdicts = (ranges: string[], addresses: (string | undefined)[]) =>
    addresses.map((address) => {
      try {
        new SourceAddresses(ranges).check(address);
        return true;
      } catch (error) {
        expect(error).toEqual(errorFor(address));
        return false;
      }
    });

  it('of Vonage are those of its announcement', () => {
    expect(VONAGE_CALLBACK_ADDRESSES).toEqual(['216.147.0.0/18']);
    expect(verdicts([...VONAGE_CALLBACK_ADDRESSES], ['216.147.63.255', '216.147.64.0', '::ffff:216.147.0.1'])).toEqual([
      true,
      false,
      true,
    ]);
  });

  it.each<[range: string, allowed: string, other: string]>([
    ['192.0.2.1', '192.0.2.1', '192.0.2.0'],
    ['192.0.2.0/24', '192.0.2.255', '192.0.3.0'],
    ['192.0.2.0/32', '192.0.2.0', '192.0.2.1'],
    ['2001:db8::/32', '2001:db8:ffff::', '2001:db9::'],
    ['2001:db8::1', '2001:db8::1', '2001:db8::'],
    ['2001:db8::1/128', '2001:db8::1', '2001:db8::3'],
  ])('%s holds %s and not %s', (range, allowed, other) => {
    expect(verdicts([range], [allowed, other, '', undefined, 'x'])).toEqual([true, false, false, false, false]);
  });

  it('may be all, or none', () => {
    expect(verdicts(['0.0.0.0/0'], ['192.0.2.1', '2001:db8::1'])).toEqual([true, false]);
    expect(verdicts([], ['192.0.2.1'])).toEqual([false]);
  });

  const NO_RANGES = ['', 'x', '192.0.2.0/', '192.0.2.0/33', '192.0.2.0/x', '192.0.2.0/8/8', '192.0.2.0/-1', '/8'];
  const NO_RANGES_EITHER = [
    '192.0.2.0/0x8',
    '192.0.2.0/8x',
    '192.0.2.0/0008',
    '2001:db8::/129',
    'fe80::1%eth0',
    ' 192.0.2.1',
  ];

  it.each([...NO_RANGES, ...NO_RANGES_EITHER])('are not written as %j', (text) => {
    expect(isAddressRange(text)).toBe(false);
    expect(() => new SourceAddresses([text])).toThrow(
      new TypeError(`"${text}" is no address and no range: write it as 216.147.0.0/18 or 2001:db8::/32.`),
    );
  });

  it('are written as addresses and ranges', () => {
    const ranges = ['192.0.2.1', '192.0.2.0/0', '192.0.2.0/32', '2001:db8::/128', '::1', '10.0.0.0/8'];

    expect(ranges.filter((range) => !isAddressRange(range))).toEqual([]);
  });
});

describe('where a request comes from', () => {
  const request = (method?: string) => ({ method, socket: new Socket() }) as unknown as IncomingMessage;
  const origin = (allowedAddresses: readonly string[] | false, requireClientCertificate = false) =>
    new RequestOrigin({ allowedAddresses, requireClientCertificate });

  it.each(['GET', 'post', undefined])('is no question if its method is %s', (method) => {
    expect(() => {
      origin(false).check(request(method), { ip: '192.0.2.1' });
    }).toThrow(refusal('method_not_allowed', `callbacks are sent with POST, not ${method}`));
  });

  it('may be anywhere, if nothing is demanded', () => {
    expect(() => {
      origin(false).check(request('POST'), {});
    }).not.toThrow();
  });

  it('is looked at if addresses or a certificate are demanded', () => {
    expect(() => {
      origin(['192.0.2.1']).check(request('POST'), { ip: '192.0.2.1' });
    }).not.toThrow();
    expect(() => {
      origin(['192.0.2.1']).check(request('POST'), { ip: '192.0.2.2' });
    }).toThrow(expect.objectContaining({ reason: 'address_not_allowed' }));
    expect(() => {
      origin(false, true).check(request('POST'), { ip: '192.0.2.1' });
    }).toThrow(expect.objectContaining({ reason: 'client_certificate_missing' }));
  });
});
