import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import {
  type CallbackHeaders,
  CallbackVerifier,
  type CallbackVerifierOptions,
  importSignatureKeys,
  type SignatureKeySource,
} from '../../lib/index.js';
import { type CallbackRejection } from '../../lib/verification/callback-rejection.js';
import {
  DEFAULT_CLOCK_TOLERANCE,
  DEFAULT_MAX_AGE,
  VONAGE_CALLBACK_USER_AGENT,
} from '../../lib/verification/callback-verifier.js';
import { readToken } from '../../lib/verification/unverified-token.js';
import { useStoppedDate } from '../support/clock.js';
import { PROJECT, SECRET, sha256, signed, type SigningOptions, USER_AGENT } from '../support/signer.js';
import { VECTOR } from './vector.js';

const { issuedAt } = VECTOR;

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

type UserAgent = string | RegExp | false | undefined;
const BROWSER = 'Mozilla/5.0';

/** Each option with the user agents that it accepts, and those that it refuses; `undefined` is none. */
const USER_AGENTS: [userAgent: UserAgent, accepted: (string | undefined)[], refused: (string | undefined)[]][] = [
  [
    undefined,
    [USER_AGENT],
    [undefined, '', BROWSER, USER_AGENT.toLowerCase(), `${USER_AGENT}1`, `x ${USER_AGENT}`, 'Vonage/Callback/v2.0'],
  ],
  ['Proxy/1', ['Proxy/1'], [undefined, USER_AGENT, 'proxy/1']],
  [/^Vonage\/Callback\/v\d/, [USER_AGENT, 'Vonage/Callback/v2.0'], [undefined, '', BROWSER, 'vonage/callback/v1.0']],
  [/callback/i, [USER_AGENT, 'a callback'], [undefined, BROWSER]],
  [/(?:)/, ['', BROWSER], [undefined]],
  [/Vonage/y, [USER_AGENT], [undefined, `x ${USER_AGENT}`]],
  [false, [undefined, '', BROWSER, USER_AGENT], []],
];

describe('CallbackVerifier', () => {
  const stopDateAt = useStoppedDate();

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
  ])('gives the reason why it refuses %j', async (signing, reason, message, projectId) => {
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
    [{ application_id: { id: 1 } }, PROJECT],
  ])('takes of the claims %j the project %s', async (claims, projectId) => {
    expect(await verify({ claims })).toMatchObject({ kind: 'sip', projectId, secretPosition: 0 });
  });

  it.each(USER_AGENTS)('with userAgent: %s accepts %j and rejects %j', (userAgent, accepted, refused) => {
    const check = (agent: string | undefined) => () => {
      verifier({ userAgent }).checkUserAgent({ 'user-agent': agent });
    };
    for (const agent of accepted) expect(check(agent)).not.toThrow();
    for (const agent of refused) {
      expect(check(agent)).toThrow(expect.objectContaining({ reason: 'user_agent_mismatch' }));
    }
  });

  it('accepts every callback by a global regular expression, not every other, and does not change it', () => {
    const userAgent = /^Vonage/g;
    const global = verifier({ userAgent });
    for (let count = 0; count < 3; count += 1) {
      expect(() => {
        global.checkUserAgent({ 'user-agent': USER_AGENT });
      }).not.toThrow();
    }
    expect(userAgent.lastIndex).toBe(0);
  });

  it.each<[age: number, options: Partial<CallbackVerifierOptions>, reason: string | undefined]>([
    [90_060, {}, undefined],
    [90_061, {}, 'token_too_old'],
    [-60, {}, undefined],
    [-61, {}, 'issued_in_future'],
    [20, { maxAge: 10, clockTolerance: 10 }, undefined],
    [21, { maxAge: 10, clockTolerance: 10 }, 'token_too_old'],
    [1, { maxAge: 0, clockTolerance: 0 }, 'token_too_old'],
  ])('judges a token of %d s by %j', async (age, options, reason) => {
    stopDateAt(issuedAt + age);

    expect((await refusal({ claims: { iat: issuedAt } }, options))?.reason).toBe(reason);
  });

  it.each([
    ['maxAge', NaN],
    ['maxAge', -1],
    ['maxAge', 'a day' as never],
    ['clockTolerance', NaN],
    ['clockTolerance', -1],
  ] as const)('throws a RangeError for %s: %s', (option, value) => {
    expect(() => verifier({ [option]: value })).toThrow(
      expect.objectContaining({
        name: 'RangeError',
        message: expect.stringContaining(
          `${option} is ${typeof value === 'string' ? JSON.stringify(value) : value}: it must be a number of seconds, at least 0`,
        ),
      }),
    );
    expect(() => verifier({ [option]: 0 })).not.toThrow();
  });

  it('reports whose secret signed a token that it refuses', async () => {
    expect(await refusal({ claims: { iss: 'Somebody' } })).toMatchObject({
      reason: 'issuer_mismatch',
      token: { projectId: PROJECT, secretPosition: 0 },
    });
  });

  it('compares the body with the signed hash', async () => {
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

  it('reports the name of the secret with a wrong body only if the secret has a name', async () => {
    const tokenOf = async (secrets: Parameters<typeof importSignatureKeys>[0]) => {
      const named = verifier({ keys: { keysFor: () => importSignatureKeys(secrets) } });
      const token = await named.verifyToken(signed('{}').headers, 'sip');
      return named.comparePayload(token, Buffer.from('[]')).mismatch?.token;
    };

    expect(await tokenOf([{ name: 'calls', secret: SECRET }])).toMatchObject({ secretName: 'calls' });
    expect(await tokenOf([SECRET])).not.toHaveProperty('secretName');
  });

  it('accepts no body for a token without a hash', async () => {
    const lax = verifier({ verifyPayload: false });
    const token = await lax.verifyToken(signed('{}', { claims: { payload_hash: undefined } }).headers, 'sip');

    expect(lax.comparePayload(token, Buffer.from('{}')).mismatch).toMatchObject({ reason: 'payload_hash_mismatch' });
    expect(lax.comparePayload(token, Buffer.from('{}')).mismatch?.message).toContain('(SHA-256 )');
  });

  it('reports to the key source which key made each good signature', async () => {
    const imported = await importSignatureKeys(['new', SECRET]);
    const reported: unknown[] = [];
    const source: SignatureKeySource = { keysFor: () => imported, matched: (...matched) => reported.push(matched) };
    expect(await verify({}, { keys: source })).toMatchObject({ secretPosition: 1 });
    expect(await verify({ secret: 'new' }, { keys: source })).toMatchObject({ secretPosition: 0 });

    await expect(verify({ secret: 'another' }, { keys: source })).rejects.toMatchObject({
      reason: 'signature_mismatch',
    });

    expect(reported).toEqual([
      [PROJECT, 'sip', imported[1]],
      [PROJECT, 'sip', imported[0]],
    ]);
    expect(await verify({}, { keys: { keysFor: () => imported } })).toMatchObject({ secretPosition: 1 });
    const none = { keysFor: () => importSignatureKeys([]) };
    await expect(verify({}, { keys: none })).rejects.toMatchObject({ reason: 'signature_mismatch' });
  });

  it('reports to the key source which unknown project a genuine token names', async () => {
    const reported: unknown[] = [];
    const source: SignatureKeySource = {
      keysFor: (projectId) => (projectId === PROJECT ? importSignatureKeys([SECRET]) : undefined),
      passedOver: (...passedOver) => reported.push(passedOver),
    };
    const claims = { application_id: 'an-application' };
    await verify({}, { keys: source });
    await expect(verify({ claims, secret: 'another' }, { keys: source })).rejects.toMatchObject({
      reason: 'signature_mismatch',
    });
    expect(reported).toEqual([]);
    await verify({ claims }, { keys: source });

    expect(reported).toEqual([['an-application', 'sip']]);
  });

  it('offers its steps one by one', async () => {
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

  describe('kindOfSigner()', () => {
    const ofKind = (kind: string, project = PROJECT): SignatureKeySource => ({
      ...keys,
      keysAtHand: (projectId, of) =>
        of === kind && projectId === project ? importSignatureKeys([SECRET]) : importSignatureKeys(['other']),
    });
    const kindOf = (source: SignatureKeySource, claims = {}) =>
      verifier({ keys: source }).kindOfSigner(signed('{}', { claims }).headers, 'sip');

    it('searches the known secrets of every project that the token names', async () => {
      expect(await kindOf(ofKind('archive'))).toBe('archive');
      expect(await kindOf(ofKind('captions', 'an-application'), { application_id: 'an-application' })).toBe('captions');
      expect(await kindOf(ofKind('captions'), { application_id: 'an-application' })).toBe('captions');
    });

    it('returns nothing for the kind itself, nor where no secret is known', async () => {
      expect(await kindOf(ofKind('sip'))).toBeUndefined();
      expect(await kindOf(keys)).toBeUndefined();
      expect(await kindOf({ ...keys, keysAtHand: () => undefined })).toBeUndefined();
    });

    it('skips claims that cannot name a project', async () => {
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

describe('CallbackVerifier, given the test vector of the protocol,', () => {
  const { headers, secret, body, bodyHash, claims } = VECTOR;
  const ofVector: SignatureKeySource = { keysFor: () => importSignatureKeys([secret]) };
  const verifier = (options: Partial<CallbackVerifierOptions> = {}) =>
    new CallbackVerifier({ keys: ofVector, ...options });
  const bytes = (text: string) => new TextEncoder().encode(text);
  const rejection = (reason: string) => expect.objectContaining({ name: 'CallbackRejection', reason });

  /** Headers that are no instance of the global class. */
  const foreign = (own: Headers): Headers =>
    new Proxy(own, {
      getPrototypeOf: () => null,
      get: (target, name) => (name === 'get' ? (key: string) => target.get(key) : undefined),
    });

  const stopDateAt = useStoppedDate();
  beforeEach(() => {
    stopDateAt(issuedAt + 5);
  });

  it('accepts the test vector', async () => {
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
  ])('accepts %s', async (_, form) => {
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
  ])('rejects %s', async (_, form, reason) => {
    await expect(verifier().verify(form, bytes(body), 'session')).rejects.toEqual(rejection(reason));
  });

  it.each<[change: string, changed: string]>([
    ['a space more', `${body} `],
    ['a character less', body.slice(0, -1)],
    ['another digit', body.replace('123}', '124}')],
    ['nothing left', ''],
  ])('rejects the vector if its body has %s', async (_, changed) => {
    await expect(verifier().verify(headers, bytes(changed), 'session')).rejects.toEqual(
      rejection('payload_hash_mismatch'),
    );
  });

  it('asks for the keys of each project that the token names, once the header is good', async () => {
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

  it('passes on an error of the key source', async () => {
    const error = new Error('the vault is sealed');
    const failing = verifier({ keys: { keysFor: () => Promise.reject(error) } });

    await expect(failing.verify(headers, bytes(body), 'session')).rejects.toBe(error);
  });

  it('explains a rejection without secrets or payload', async () => {
    const refused = verifier().verify(headers, bytes('{"password":"x"}'), 'session');
    const message = await refused.catch((error: unknown) => (error instanceof Error ? error.message : ''));

    expect(message).toContain(bodyHash);
    expect(message).not.toContain('password');
    expect(message).not.toContain(headers.authorization.slice(-43));
    expect(message).not.toContain(secret);
  });
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
