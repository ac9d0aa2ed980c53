import { All, Controller } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import { type IncomingMessage } from 'node:http';
import {
  CallbackClaims,
  CallbackProject,
  type CallbackTokenClaims,
  type RejectionReason,
  VideoCallback,
  VONAGE_CALLBACK_ADDRESSES,
} from '../../lib/index.js';
import { PLATFORMS, startApplication } from '../support/application.js';
import { useStoppedDate } from '../support/clock.js';
import { KindsController, takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { exchange, type RawRequest } from '../support/raw-http.js';
import { PROJECT, SECRET, sha256, signed, type SigningOptions } from '../support/signer.js';
import { behindProxy, useApplication } from '../support/use-application.js';
import { ARCHIVES, expectAccepted, expectRefused } from '../support/verdict.js';
import { authorized, bearing, BODY, claimsText, genuineToken, HEADER_TEXT, tokenOf } from './tokens.js';

const APPLICATION = '0f6d9d3e-2b0c-4a52-9b8e-6b1d9b6f8a10';
const ARCHIVE_SECRET = 'archive-secret-of-the-application';
const SESSION_SECRET = 'session-secret-of-the-application';
const OTHER_SECRET = 'secret-of-a-project-of-another-team';
const projects = {
  [PROJECT]: SECRET,
  [APPLICATION]: { archive: ARCHIVE_SECRET, session: SESSION_SECRET },
  '87654321': OTHER_SECRET,
};

type Claims = NonNullable<SigningOptions['claims']>;

const archive = (secret: string, claims: Claims) => signed(PAYLOADS.archive, { secret, claims });
const forgedToken = (): string => tokenOf(HEADER_TEXT, claimsText(), 'secret of somebody else');

/** A rightly signed token of exactly this many characters. */
function tokenOfLength(length: number): string {
  const padded = (padding: number): string => tokenOf(HEADER_TEXT, claimsText({ padding: 'x'.repeat(padding) }));
  const start = Math.floor(((length - padded(0).length) * 3) / 4) - 4;
  for (let padding = start; padding < start + 8; padding += 1) {
    if (padded(padding).length === length) return padded(padding);
  }
  throw new Error(`no token has ${length} characters`);
}

/** Whose callbacks the methods got: by the module, and by what the token says. */
const taken: { project: string; claims: CallbackTokenClaims }[] = [];

@Controller('any')
class AnyMethodController {
  @All('archive')
  @VideoCallback('archive')
  onAnything(@CallbackProject() project: string, @CallbackClaims() claims: CallbackTokenClaims): void {
    taken.push({ project, claims });
  }
}

const ANY = '/any/archive';
afterEach(() => {
  taken.length = 0;
});

const AUTHORIZATIONS: [
  behaviour: string,
  reason: RejectionReason,
  authorization: () => string | readonly string[] | undefined,
][] = [
  ['no header', 'authorization_missing', () => undefined],
  ['an empty header', 'authorization_malformed', () => ''],
  ['the scheme and a space', 'authorization_malformed', () => 'Bearer '],
  ['a tab behind the scheme', 'authorization_malformed', () => `Bearer\t${genuineToken()}`],
  ['a no-break space behind the scheme', 'authorization_malformed', () => `Bearer\u00a0${genuineToken()}`],
  ['two joined headers', 'authorization_malformed', () => `Bearer ${genuineToken()}, Bearer ${genuineToken()}`],
  ['the header twice', 'authorization_repeated', () => [`Bearer ${genuineToken()}`, `Bearer ${genuineToken()}`]],
  ['a forged header first', 'authorization_repeated', () => [`Bearer ${forgedToken()}`, `Bearer ${genuineToken()}`]],
  ['a forged header second', 'authorization_repeated', () => [`Bearer ${genuineToken()}`, `Bearer ${forgedToken()}`]],
  ['an empty header second', 'authorization_repeated', () => [`Bearer ${genuineToken()}`, '']],
  ['another scheme in front', 'authorization_repeated', () => ['Basic eDp5', `Bearer ${genuineToken()}`]],
  ['a token of 8193 characters', 'token_too_long', () => `Bearer ${tokenOfLength(8193)}`],
  ['a token of 15,000 characters', 'token_too_long', () => `Bearer ${'a'.repeat(15_000)}`],
];

/** What Node itself answers. */
const NOT_EVEN_HTTP: [behaviour: string, status: number, authorization: () => string][] = [
  ['a line break in the token', 400, () => `Bearer ${genuineToken().replace('.', '.\n')}`],
  ['a carriage return in the token', 400, () => `Bearer ${genuineToken().replace('.', '.\r')}`],
  ['a folded header', 400, () => `Bearer ${genuineToken().replace('.', '.\r\n ')}`],
  ['a zero byte in the token', 400, () => `Bearer ${genuineToken().replace('.', '\0.')}`],
  ['a header of 20,000 characters', 431, () => `Bearer ${'a'.repeat(20_000)}`],
];

describe.each(PLATFORMS)('a callback on %s', (platform) => {
  const controllers = [KindsController, AnyMethodController];
  const running = useApplication({ platform, controllers, options: { projects } });

  describe('of another method', () => {
    it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('is refused for %s, even with a genuine token', (method) =>
      expectRefused(running(), { method, ...signed(BODY) }, 'method_not_allowed', ANY),
    );

    it('is refused for GET without a body, even with a token that is genuine for none', () =>
      expectRefused(running(), { method: 'GET', ...signed('') }, 'method_not_allowed', ANY));

    it('is refused for HEAD without a body in the answer', async () => {
      const answer = await fetch(running().url + ANY, { method: 'HEAD', headers: signed('').headers });

      expect({ status: answer.status, text: await answer.text() }).toEqual({ status: 401, text: '' });
      expect(running().observed.lastReason).toBe('method_not_allowed');
    });

    it('is refused whatever an override says', () => {
      const request = { method: 'PUT', ...signed(BODY, { headers: { 'x-http-method-override': 'POST' } }) };

      return expectRefused(running(), request, 'method_not_allowed', `${ANY}?_method=POST`);
    });

    afterEach(() => {
      expect(taken).toEqual([]);
    });
  });

  it.each(AUTHORIZATIONS)('with %s is refused: %s', (_, reason, authorization) =>
    expectRefused(running(), authorized(authorization()), reason),
  );

  it('with two headers whose names differ in letter case is refused', async () => {
    const { headers, body } = bearing(genuineToken());
    const repeated = { body, headers: { ...headers, AUTHORIZATION: `Bearer ${genuineToken()}` } };

    await expectRefused(running(), repeated, 'authorization_repeated');
  });

  it.each(NOT_EVEN_HTTP)('with %s never reaches the application', async (_, status, authorization) => {
    expect((await exchange(running().port, ARCHIVES, authorized(authorization()))).status).toBe(status);
    expect(takeHandled()).toEqual([]);
  });

  it.each(['Bearer', 'bEaReR'])('is accepted with the scheme %s', async (scheme) => {
    await expectAccepted(running(), authorized(`${scheme} ${genuineToken()}`));
  });

  it('is accepted with a token of 8192 characters', async () => {
    await expectAccepted(running(), bearing(tokenOfLength(8192)));
  });

  it('is refused with a token in another header or in the URL', async () => {
    const { headers, body } = authorized(undefined);
    const elsewhere = { ...headers, 'proxy-authorization': `Bearer ${genuineToken()}`, cookie: genuineToken() };
    const path = `${ARCHIVES}?access_token=${genuineToken()}&authorization=${genuineToken()}`;

    await expectRefused(running(), { headers: elsewhere, body }, 'authorization_missing');
    await expectRefused(running(), authorized(undefined), 'authorization_missing', path);
  });

  it.each<[behaviour: string, reason: RejectionReason, request: () => RawRequest]>([
    ['an escaped dot in its token', 'token_malformed', () => bearing(genuineToken().replace('.', '%2e'))],
    ['a token beyond ASCII', 'token_malformed', () => bearing(`${genuineToken()}\u00e9`)],
    ['8000 dots for a token', 'token_malformed', () => bearing('.'.repeat(8000))],
    ['the algorithm none', 'algorithm_not_allowed', () => signed(BODY, { header: { alg: 'none' } })],
    ['a secret that its header names', 'signature_mismatch', () => signed(BODY, { secret: 'x', header: { kid: 'x' } })],
    ['a look-alike issuer', 'issuer_mismatch', () => signed(BODY, { claims: { iss: 'V\u043enage' } })],
    [
      'a number too large for JSON',
      'issued_at_missing',
      () => bearing(tokenOf(HEADER_TEXT, claimsText().replace(/"iat":\d+/, '"iat":1e400'))),
    ],
    ['a project named __proto__', 'project_unknown', () => archive(SECRET, { api_key: '__proto__' })],
    ['a list of projects', 'project_missing', () => archive(SECRET, { api_key: [PROJECT] })],
    // Several checks refuse these: the reason is that of the first.
    [
      'nothing right',
      'user_agent_mismatch',
      () => signed(BODY, { headers: { 'user-agent': 'x', authorization: 'x' } }),
    ],
    [
      'another algorithm and project',
      'algorithm_not_allowed',
      () => signed(BODY, { header: { alg: 'none' }, claims: { api_key: 'unknown' } }),
    ],
    ['another project and secret', 'project_unknown', () => archive('x', { api_key: 'unknown', iat: 0 })],
    ['another secret and issuer', 'signature_mismatch', () => archive('x', { iss: 'x', iat: 0 })],
  ])('with %s is refused: %s', (_, reason, request) => expectRefused(running(), request(), reason));

  it('is accepted with a header beyond ASCII', async () => {
    await expectAccepted(running(), bearing(tokenOf('{"alg":"HS256","cty":"Grüße ✓"}', claimsText())));
  });

  it('hands its claims to the method, unknown ones too', async () => {
    const claims = { aud: 'me', sub: 'callback', nested: { list: [1, null] } };

    expect((await expectAccepted(running(), signed(BODY, { claims }))).claims).toMatchObject(claims);
  });

  it.each<[behaviour: string, projectId: string, secret: string, claims: Claims]>([
    ['api_key', PROJECT, SECRET, {}],
    ['api_key as a number', PROJECT, SECRET, { api_key: Number(PROJECT) }],
    ['application_id alone', APPLICATION, ARCHIVE_SECRET, { application_id: APPLICATION, api_key: undefined }],
    ['application_id before api_key', APPLICATION, ARCHIVE_SECRET, { application_id: APPLICATION }],
    ['api_key, if application_id is not configured', PROJECT, SECRET, { application_id: 'unconfigured' }],
  ])('has @CallbackProject of %s', async (_, projectId, secret, claims) => {
    expect(await running().post(ANY, archive(secret, claims))).toMatchObject({ status: 204 });
    expect(taken).toMatchObject([{ project: projectId, claims: JSON.parse(JSON.stringify(claims)) as Claims }]);
    expect(running().observed.outcomes.accepted.at(-1)).toMatchObject({ projectId });
  });

  it.each<[behaviour: string, secret: string, claims: Claims]>([
    ['its api_key, though its application_id is configured', SECRET, { application_id: APPLICATION }],
    ['another project', OTHER_SECRET, {}],
    ['another project than the application', OTHER_SECRET, { application_id: APPLICATION }],
    ['its application, though the token does not name it', ARCHIVE_SECRET, {}],
    ['another kind of its callbacks', SESSION_SECRET, { application_id: APPLICATION }],
  ])('is refused with the secret of %s', (_, secret, claims) =>
    expectRefused(running(), archive(secret, claims), 'signature_mismatch'),
  );

  it('is refused with the secret of its project itself', () =>
    expectRefused(running(), archive(PROJECT, {}), 'signature_mismatch'));

  it('is refused on the route of another kind', async () => {
    const session = signed(PAYLOADS.session, { secret: SESSION_SECRET, claims: { application_id: APPLICATION } });

    await expectAccepted(running(), session, '/callbacks/session');
    await expectRefused(running(), session, 'signature_mismatch', ARCHIVES);
  });
});

/** Leaves `headers` only, as the adapters of some serverless platforms do. Node makes them of `rawHeaders` when first read. */
function dropRawHeaders(request: IncomingMessage): void {
  request.headers = { ...request.headers };
  request.rawHeaders = [];
}

const withoutRawHeaders = {
  express: () =>
    new ExpressAdapter(
      express().use((request, _response, next) => {
        dropRawHeaders(request);
        next();
      }),
    ),
  fastify: () =>
    new FastifyAdapter({
      rewriteUrl: (request: IncomingMessage) => {
        dropRawHeaders(request);
        return request.url ?? '/';
      },
    }),
};

describe.each(PLATFORMS)('a callback without rawHeaders on %s', (platform) => {
  const running = useApplication({ platform, adapter: withoutRawHeaders[platform]() });

  it('is accepted by its headers', () => expectAccepted(running(), bearing(genuineToken())));

  it('is refused if its token is forged or missing', async () => {
    await expectRefused(running(), bearing(forgedToken()), 'signature_mismatch');
    await expectRefused(running(), authorized(undefined), 'authorization_missing');
  });
});

describe.each(PLATFORMS)('with maxAge, clockTolerance and userAgent on %s, a callback', (platform) => {
  const options = { maxAge: 10, clockTolerance: 2, userAgent: /^Proxy/g };
  const running = useApplication({ platform, options });
  const stopDateAt = useStoppedDate();
  const NOW = 1_700_000_000;

  it.each<[age: number, reason: RejectionReason | undefined]>([
    [-3, 'issued_in_future'],
    [-2, undefined],
    [0, undefined],
    [12, undefined],
    [13, 'token_too_old'],
  ])('%d s old is judged by them', async (age, reason) => {
    stopDateAt(NOW);
    const request = signed(BODY, { claims: { iat: NOW - age }, headers: { 'user-agent': 'Proxy/1' } });

    if (reason === undefined) await expectAccepted(running(), request);
    else await expectRefused(running(), request, reason);
  });

  it('is refused with another user agent', () => expectRefused(running(), signed(BODY), 'user_agent_mismatch'));
});

describe.each(PLATFORMS)('with verifyPayload: false and userAgent: false on %s', (platform) => {
  const running = useApplication({ platform, options: { verifyPayload: false, userAgent: false } });

  it.each<[behaviour: string, payloadHash: unknown]>([
    ['the hash of another body', sha256('')],
    ['no payload hash', undefined],
    ['a payload hash that is none', 'x'],
  ])('a token with %s is accepted', async (_, payload_hash) => {
    await expectAccepted(running(), signed(BODY, { claims: { payload_hash } }));
  });

  it('any user agent is accepted, and none', async () => {
    for (const agent of [undefined, '', 'Mozilla/5.0']) {
      await expectAccepted(running(), signed(BODY, { headers: { 'user-agent': agent } }));
    }
  });

  it('warns at start-up, and of every body that is not the signed one, which reaches its method', async () => {
    const { logs } = running();
    expect(logs.lines.join()).toContain('verifyPayload is off');
    logs.lines.length = 0;
    await expectAccepted(running(), signed(BODY));
    expect(logs.of('warn')).toEqual([]);

    const other = JSON.stringify({ ...PAYLOADS.archive, status: 'sublimated' });
    const { callback } = await expectAccepted(running(), { ...signed(BODY), body: Buffer.from(other) });

    expect(callback).toMatchObject({ status: 'sublimated' });
    expect(logs.of('warn')).toEqual([
      expect.stringMatching(
        new RegExp(`is accepted although .*${sha256(other)}.*${sha256(BODY)}.*\\(verifyPayload is off\\)`),
      ),
    ]);
  });

  it.each<[behaviour: string, reason: RejectionReason, options: SigningOptions]>([
    ['a wrong signature', 'signature_mismatch', { secret: 'another' }],
    ['another issuer', 'issuer_mismatch', { claims: { iss: 'Somebody' } }],
    ['no id', 'token_id_missing', { claims: { jti: undefined } }],
    ['too great an age', 'token_too_old', { claims: { iat: 1 } }],
    ['no token', 'authorization_missing', { headers: { authorization: undefined } }],
  ])('a request with %s is refused all the same', (_, reason, options) =>
    expectRefused(running(), signed(BODY, options), reason),
  );
});

it('allowedAddresses that cannot be used are an error at start-up', async () => {
  await expect(startApplication({ options: { allowedAddresses: ['216.147.0.0/99'] } })).rejects.toThrow(
    /"allowedAddresses" is .*; "216\.147\.0\.0\/99" is no range/,
  );
});

const forwarded = (address: string) => signed(BODY, { headers: { 'x-forwarded-for': address } });

describe.each(PLATFORMS)('behind a proxy that is trusted on %s, a callback', (platform) => {
  const allowedAddresses = [...VONAGE_CALLBACK_ADDRESSES, '2001:db8::/32'];
  const running = useApplication({ ...behindProxy(platform), options: { allowedAddresses } });

  it.each(['216.147.0.0', '2001:db8::1', '216.147.1.1, 10.0.0.1', '216.147.3.4:51514', '[2001:db8::1]:443'])(
    'from %s is accepted',
    async (address) => {
      await expectAccepted(running(), forwarded(address));
    },
  );

  it.each([
    ['216.147.64.0', '216.147.64.0'],
    ['10.0.0.1, 216.147.1.1', '10.0.0.1'],
    ['10.0.0.3:51514', '10.0.0.3'],
    ['[2001:db9::1]:443', '2001:db9::1'],
  ])('from %s is refused, and the operator learns the address', async (header, address) => {
    await expectRefused(running(), forwarded(header), 'address_not_allowed');
    expect(running().observed.outcomes.rejected.at(-1)).toMatchObject({
      address,
      explanation: expect.stringContaining(`the source address ${address} is not allowed`),
    });
  });

  it.each([
    ['a word', 'unheard-of', '"unheard-of"'],
    ['quotes', '"216.147.1.1"', '"\\"216.147.1.1\\""'],
    ['a control character', '\u009b31m216.147.1.1', '"\\u009b31m216.147.1.1"'],
    ['a long string', 'x'.repeat(5000), `"${'x'.repeat(64)}…"`],
  ])('from %s in place of an address is refused, and the explanation quotes it', async (_, header, quoted) => {
    await expectRefused(running(), forwarded(header), 'address_not_allowed');
    expect(running().observed.outcomes.rejected.at(-1)).toMatchObject({
      address: undefined,
      explanation: expect.stringContaining(`the platform reports ${quoted}, which is not an address`),
    });
  });

  it('without the header is refused by the address of the proxy', async () => {
    await expectRefused(running(), signed(BODY), 'address_not_allowed');
    expect(running().observed.outcomes.rejected.at(-1)?.address).toBe('127.0.0.1');
  });

  it('from an allowed address is still refused without a good token', () =>
    expectRefused(
      running(),
      signed(BODY, { secret: 'another', headers: { 'x-forwarded-for': '216.147.1.1' } }),
      'signature_mismatch',
    ));

  it('from an address with an endless zone is refused without the zone', async () => {
    await expectRefused(running(), forwarded(`fe80::1%${'a'.repeat(10_000)}`), 'address_not_allowed');
    expect(running().observed.outcomes.rejected.at(-1)).toMatchObject({
      address: 'fe80::1',
      explanation: expect.stringContaining('the source address fe80::1 is not allowed'),
    });
  });
});

describe.each(PLATFORMS)('without a proxy that is trusted on %s, a callback', (platform) => {
  describe('from outside the range', () => {
    const running = useApplication({ platform, options: { allowedAddresses: VONAGE_CALLBACK_ADDRESSES } });

    it.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip'])(
      'is refused whatever %s says',
      (name) => expectRefused(running(), signed(BODY, { headers: { [name]: '216.147.1.1' } }), 'address_not_allowed'),
    );
  });

  describe('from inside the range', () => {
    const running = useApplication({ platform, options: { allowedAddresses: ['127.0.0.0/8'] } });

    it('is accepted whatever X-Forwarded-For says', async () => {
      await expectAccepted(running(), forwarded('192.0.2.1'));
    });
  });
});
