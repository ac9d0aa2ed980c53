import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import {
  type CallbackHeaders,
  CallbackVerifier,
  type CallbackVerifierOptions,
  importSignatureKeys,
  type SignatureKeySource,
} from '../../lib/index.js';
import { PLATFORMS } from '../support/application.js';
import { useStoppedDate } from '../support/clock.js';
import { sha256, signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { expectAccepted, expectRefused } from '../support/verdict.js';
import { VECTOR } from './vector.js';

const { headers, secret, body, bodyHash, claims, issuedAt } = VECTOR;
const SESSIONS = '/callbacks/session';
const DAY = 86_400;

const keys: SignatureKeySource = { keysFor: () => importSignatureKeys([secret]) };
const verifier = (options: Partial<CallbackVerifierOptions> = {}) => new CallbackVerifier({ keys, ...options });
const bytes = (text: string) => new TextEncoder().encode(text);
const refusal = (reason: string) => expect.objectContaining({ name: 'CallbackRejection', reason });

/** Headers that are no instance of the global class. */
const foreign = (own: Headers): Headers =>
  new Proxy(own, {
    getPrototypeOf: () => null,
    get: (target, name) => (name === 'get' ? (key: string) => target.get(key) : undefined),
  });

describe('the verifier, without a framework,', () => {
  const stopDateAt = useStoppedDate();
  beforeEach(() => {
    stopDateAt(issuedAt + 5);
  });

  it('finds the test vector of the protocol good', async () => {
    expect(await verifier().verify(headers, bytes(body), 'session')).toEqual({
      kind: 'session',
      projectId: '12345678',
      claims,
      secretPosition: 0,
      bodyHash,
    });
  });

  it.each<[form: string, headers: CallbackHeaders]>([
    ['Headers of the Fetch API', new Headers(headers)],
    ['a Request of the Fetch API', new Request('http://localhost', { method: 'POST', headers, body }).headers],
    ['Headers of another implementation of the Fetch API, such as undici', foreign(new Headers(headers))],
    ['a record without a prototype', Object.assign(Object.create(null) as Record<string, string>, headers)],
    ['a record of lists', Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))],
  ])('takes %s', async (_, form) => {
    expect(await verifier().verify(form, bytes(body), 'session')).toMatchObject({ claims });
  });

  it.each<[form: string, headers: CallbackHeaders, reason: string]>([
    ['no headers', {}, 'user_agent_mismatch'],
    ['empty Fetch headers', new Headers(), 'user_agent_mismatch'],
    ['an empty list', { ...headers, authorization: [] }, 'authorization_missing'],
    ['an undefined header', { ...headers, authorization: undefined }, 'authorization_missing'],
    [
      'a repeated header',
      { ...headers, authorization: [headers.authorization, headers.authorization] },
      'authorization_repeated',
    ],
    [
      'a header that the Fetch API joined',
      new Headers([...Object.entries(headers), ['authorization', headers.authorization]]),
      'authorization_malformed',
    ],
    ['headers of the prototype', Object.create(headers) as CallbackHeaders, 'user_agent_mismatch'],
  ])('refuses %s', async (_, form, reason) => {
    await expect(verifier().verify(form, bytes(body), 'session')).rejects.toEqual(refusal(reason));
  });

  it.each<[change: string, changed: string]>([
    ['a space more', `${body} `],
    ['a character less', body.slice(0, -1)],
    ['another digit', body.replace('123}', '124}')],
    ['nothing left', ''],
  ])('refuses the vector with a body with %s', async (_, changed) => {
    await expect(verifier().verify(headers, bytes(changed), 'session')).rejects.toEqual(
      refusal('payload_hash_mismatch'),
    );
  });

  it.each([
    [-61, 'issued_in_future'],
    [90_061, 'token_too_old'],
  ])('refuses the vector %d s after it was issued', async (age, reason) => {
    stopDateAt(issuedAt + age);
    await expect(verifier().verify(headers, bytes(body), 'session')).rejects.toEqual(refusal(reason));
  });

  it.each([
    ['maxAge', NaN],
    ['maxAge', -1],
    ['maxAge', 'a day' as never],
    ['clockTolerance', NaN],
    ['clockTolerance', -1],
  ] as const)('with %s: %s is a RangeError, rather than one that compares with nothing', (option, value) => {
    expect(() => verifier({ [option]: value })).toThrow(
      expect.objectContaining({
        name: 'RangeError',
        message: expect.stringContaining(
          `${option} is ${typeof value === 'string' ? JSON.stringify(value) : value}: it must be a number of seconds, at least 0`,
        ),
      }),
    );
  });

  it('leaves out claims that are not of their type', async () => {
    const mistyped = { application_id: { id: 1 }, api_key: '12345678', payload_hash: sha256(body), other: { kept: 1 } };
    const { authorization } = signed(body, { secret, claims: mistyped }).headers;
    const token = await verifier().verifyToken({ ...headers, authorization }, 'session');

    expect(token.projectId).toBe('12345678');
    expect(Object.keys(token.claims)).not.toContain('application_id');
    expect(token.claims).toMatchObject({ api_key: '12345678', other: { kept: 1 } });
  });

  it.each([
    ['a payload_hash', { payload_hash: 5 }],
    ['an api_key', { api_key: ['12345678'], application_id: '12345678' }],
  ])('leaves out %s that is not of its type, where it may be absent', async (_, mistyped) => {
    const { authorization } = signed(body, { secret, claims: mistyped }).headers;
    const { claims: handedOver } = await verifier({ verifyPayload: false }).verifyToken(
      { ...headers, authorization },
      'session',
    );

    expect(handedOver).not.toHaveProperty(Object.keys(mistyped)[0] ?? '');
  });

  it('has a maximum age and a tolerance of its own on demand', async () => {
    const strict = verifier({ maxAge: 3, clockTolerance: 1 });
    await expect(strict.verify(headers, bytes(body), 'session')).rejects.toEqual(refusal('token_too_old'));
    stopDateAt(issuedAt + 4);
    expect(await strict.verify(headers, bytes(body), 'session')).toMatchObject({ claims });
  });

  it('takes any user agent and any body on demand, and tells the hash of what came', async () => {
    const lenient = verifier({ userAgent: false, verifyPayload: false });
    const { authorization } = headers;

    expect(await lenient.verify({ authorization }, bytes('{}'), 'session')).toMatchObject({ bodyHash: sha256('{}') });
  });

  it('can be asked for the token first and the body later', async () => {
    const token = await verifier().verifyToken(headers, 'session');

    expect(verifier().verifyPayload(token, bytes(body))).toBe(bodyHash);
    expect(() => verifier().verifyPayload(token, bytes('{}'))).toThrow(refusal('payload_hash_mismatch'));
  });

  it('asks for the keys of the project that the token names and the kind of the route, and for nothing before', async () => {
    const asked: unknown[][] = [];
    const asking = verifier({
      keys: {
        keysFor: (...query) => {
          asked.push(query);
          return query[0] === '12345678' ? importSignatureKeys([secret]) : undefined;
        },
      },
    });
    const sign = (options: Parameters<typeof signed>[1]) => signed(body, { secret, ...options }).headers;
    await asking.verifyToken(sign({ claims: { application_id: 'an-application' } }), 'sip');
    await expect(asking.verifyToken(sign({ header: { alg: 'none' } }), 'sip')).rejects.toThrow();
    await expect(asking.verifyToken(sign({ header: { crit: [] } }), 'sip')).rejects.toThrow();
    await expect(asking.verifyToken(sign({ claims: { api_key: '' } }), 'sip')).rejects.toThrow();

    expect(asked).toEqual([
      ['an-application', 'sip', undefined],
      // Since when the first was asked for: both together take no longer than one may.
      ['12345678', 'sip', expect.any(Number)],
    ]);
  });

  it('passes an error of the key source on, which says nothing about the request', async () => {
    const error = new Error('the vault is sealed');
    const failing = verifier({ keys: { keysFor: () => Promise.reject(error) } });

    await expect(failing.verify(headers, bytes(body), 'session')).rejects.toBe(error);
  });

  it('tells the key source which key was good', async () => {
    const matched: number[] = [];
    const rotating = (secrets: string[]) => {
      const imported = importSignatureKeys(secrets);
      const source: SignatureKeySource = {
        keysFor: () => imported,
        matched: (_project, _kind, { position }) => matched.push(position),
      };
      return verifier({ keys: source }).verifyToken(headers, 'session');
    };

    expect(await rotating([secret, 'old'])).toMatchObject({ secretPosition: 0 });
    expect(await rotating(['new', 'newer', secret])).toMatchObject({ secretPosition: 2 });
    expect(matched).toEqual([0, 2]);
    await expect(rotating([])).rejects.toEqual(refusal('signature_mismatch'));
  });

  it('says in a refusal what the operator needs, and nothing secret', async () => {
    const refused = verifier().verify(headers, bytes('{"password":"x"}'), 'session');
    const message = await refused.catch((error: unknown) => (error instanceof Error ? error.message : ''));

    expect(message).toContain(bodyHash);
    expect(message).not.toContain('password');
    expect(message).not.toContain(headers.authorization.slice(-43));
    expect(message).not.toContain(secret);
  });
});

describe.each(PLATFORMS)('the test vector of the protocol over HTTP on %s', (platform) => {
  const running = useApplication({ platform, options: { projects: { '12345678': secret } } });
  const stopDateAt = useStoppedDate();
  const request = { headers, body: Buffer.from(body) };

  it('reaches its method', async () => {
    stopDateAt(issuedAt + DAY);

    expect(await expectAccepted(running(), request, SESSIONS)).toMatchObject({
      kind: 'session',
      callback: JSON.parse(body) as unknown,
      claims,
    });
    expect(running().observed.outcomes.accepted.at(-1)).toMatchObject({ age: DAY, jti: claims.jti });
  });

  it('is too old today', () => expectRefused(running(), request, 'token_too_old', SESSIONS));
});

/** What a file and the files that it imports by a relative path import; packages by name, files by path. */
async function importsOf(file: URL, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(file.pathname)) return found;
  found.add(file.pathname);
  const source = await readFile(file, 'utf8');
  for (const [, specifier = ''] of source.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'([^']+)'/g)) {
    if (specifier.startsWith('.')) await importsOf(new URL(specifier.replace(/\.js$/, '.ts'), file), found);
    else found.add(specifier);
  }
  return found;
}

describe('the core', () => {
  it.each([
    ['verification/callback-verifier.ts', 'node:crypto'],
    ['callbacks/catalogue.ts', 'class-validator'],
  ])('%s imports nothing of Nest, not even through others', async (file, library) => {
    const imports = [...(await importsOf(new URL(`../../lib/${file}`, import.meta.url)))];

    expect(imports).toContain(library);
    expect(imports.filter((name) => name.startsWith('@nestjs/'))).toEqual([]);
  });
});
