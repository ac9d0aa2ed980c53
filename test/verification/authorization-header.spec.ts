import { describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import { type IncomingMessage } from 'node:http';
import { type RejectionReason } from '../../lib/index.js';
import { PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { exchange, type RawRequest } from '../support/raw-http.js';
import { useApplication } from '../support/use-application.js';
import { ARCHIVES, expectAccepted, expectRefused } from '../support/verdict.js';
import { authorized, bearing, claimsText, genuineToken, HEADER_TEXT, tokenOf } from './tokens.js';

/** A rightly signed token of exactly this many characters. */
function tokenOfLength(length: number): string {
  const padded = (padding: number): string => tokenOf(HEADER_TEXT, claimsText({ padding: 'x'.repeat(padding) }));
  for (let padding = 0; padding < length; padding += 1) {
    if (padded(padding).length === length) return padded(padding);
  }
  throw new Error(`no token has ${length} characters`);
}

const forgedToken = (): string => tokenOf(HEADER_TEXT, claimsText(), 'secret of somebody else');

const REFUSED: [behaviour: string, RejectionReason, authorization: () => string | readonly string[] | undefined][] = [
  ['no Authorization header', 'authorization_missing', () => undefined],
  ['an empty Authorization header', 'authorization_malformed', () => ''],
  ['the scheme alone', 'authorization_malformed', () => 'Bearer'],
  ['the scheme and a space', 'authorization_malformed', () => 'Bearer '],
  ['a token without a scheme', 'authorization_malformed', () => genuineToken()],
  ['the scheme twice', 'authorization_malformed', () => `Bearer Bearer ${genuineToken()}`],
  ['the scheme Basic', 'authorization_malformed', () => `Basic ${genuineToken()}`],
  ['the scheme JWT', 'authorization_malformed', () => `JWT ${genuineToken()}`],
  ['the scheme Token', 'authorization_malformed', () => `Token ${genuineToken()}`],
  ['a scheme that begins like Bearer', 'authorization_malformed', () => `BearerToken ${genuineToken()}`],
  ['a scheme that ends like Bearer', 'authorization_malformed', () => `X-Bearer ${genuineToken()}`],
  ['a colon behind the scheme', 'authorization_malformed', () => `Bearer: ${genuineToken()}`],
  ['two spaces behind the scheme', 'authorization_malformed', () => `Bearer  ${genuineToken()}`],
  ['a tab behind the scheme', 'authorization_malformed', () => `Bearer\t${genuineToken()}`],
  ['a space and a tab behind the scheme', 'authorization_malformed', () => `Bearer \t${genuineToken()}`],
  ['two tokens', 'authorization_malformed', () => `Bearer ${genuineToken()} ${genuineToken()}`],
  ['two tokens with a comma', 'authorization_malformed', () => `Bearer ${genuineToken()},${genuineToken()}`],
  ['two joined headers', 'authorization_malformed', () => `Bearer ${genuineToken()}, Bearer ${genuineToken()}`],
  ['a comma behind the token', 'authorization_malformed', () => `Bearer ${genuineToken()},`],
  ['a token in quotes', 'token_malformed', () => `Bearer "${genuineToken()}"`],
  ['a no-break space behind the scheme', 'authorization_malformed', () => `Bearer\u00a0${genuineToken()}`],
  ['a space in the token', 'authorization_malformed', () => `Bearer ${genuineToken().replace('.', '. ')}`],
  ['a tab in the token', 'authorization_malformed', () => `Bearer ${genuineToken().replace('.', '\t.')}`],
  ['a JWS in its JSON form', 'authorization_malformed', () => `Bearer ${asJson(genuineToken())}`],
  ['the same header twice', 'authorization_repeated', () => twice(`Bearer ${genuineToken()}`)],
  ['a genuine header and a forged one', 'authorization_repeated', () => bearers(genuineToken(), forgedToken())],
  ['a forged header and a genuine one', 'authorization_repeated', () => bearers(forgedToken(), genuineToken())],
  ['a genuine header and an empty one', 'authorization_repeated', () => [`Bearer ${genuineToken()}`, '']],
  ['another scheme in a second header', 'authorization_repeated', () => ['Basic eDp5', `Bearer ${genuineToken()}`]],
  ['a token of 8193 characters', 'token_too_long', () => `Bearer ${tokenOfLength(8193)}`],
  ['a token of 15,000 characters', 'token_too_long', () => `Bearer ${'a'.repeat(15_000)}`],
];

const twice = (value: string): string[] => [value, value];
const bearers = (...tokens: string[]): string[] => tokens.map((token) => `Bearer ${token}`);

function asJson(token: string): string {
  const [header, payload, signature] = token.split('.');
  return JSON.stringify({ payload, protected: header, signature });
}

/** What Node itself answers. */
const NOT_EVEN_HTTP: [behaviour: string, status: number, request: () => RawRequest][] = [
  ['a line break in the token', 400, () => authorized(`Bearer ${genuineToken().replace('.', '.\n')}`)],
  ['a carriage return in the token', 400, () => authorized(`Bearer ${genuineToken().replace('.', '.\r')}`)],
  ['a folded header', 400, () => authorized(`Bearer ${genuineToken().replace('.', '.\r\n ')}`)],
  ['a zero byte in the token', 400, () => authorized(`Bearer ${genuineToken().replace('.', '\0.')}`)],
  ['a header of 20,000 characters', 431, () => authorized(`Bearer ${'a'.repeat(20_000)}`)],
];

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

describe.each(PLATFORMS)('an Authorization header without rawHeaders on %s', (platform) => {
  const running = useApplication({ platform, adapter: withoutRawHeaders[platform]() });

  it('is taken from the headers', () => expectAccepted(running(), bearing(genuineToken())));

  it('is refused if it is forged or missing', async () => {
    await expectRefused(running(), bearing(forgedToken()), 'signature_mismatch');
    await expectRefused(running(), authorized(undefined), 'authorization_missing');
  });
});

describe.each(PLATFORMS)('an Authorization header on %s', (platform) => {
  const running = useApplication({ platform });

  it.each(REFUSED)('with %s is refused', (_, reason, authorization) =>
    expectRefused(running(), authorized(authorization()), reason),
  );

  it('is refused when it comes twice under names of different letter case', async () => {
    const { headers, body } = bearing(genuineToken());
    const repeated = { body, headers: { ...headers, AUTHORIZATION: `Bearer ${genuineToken()}` } };

    await expectRefused(running(), repeated, 'authorization_repeated');
  });

  it.each(NOT_EVEN_HTTP)('with %s never reaches the application', async (_, status, request) => {
    expect((await exchange(running().port, ARCHIVES, request())).status).toBe(status);
    expect(takeHandled()).toEqual([]);
  });

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('may spell the scheme %s', async (scheme) => {
    await expectAccepted(running(), authorized(`${scheme} ${genuineToken()}`));
  });

  it('may carry a token of 8192 characters', async () => {
    await expectAccepted(running(), bearing(tokenOfLength(8192)));
  });

  it('does not prove anything in another header', async () => {
    const { headers, body } = authorized(undefined);
    const elsewhere = { ...headers, 'proxy-authorization': `Bearer ${genuineToken()}`, cookie: genuineToken() };

    await expectRefused(running(), { headers: elsewhere, body }, 'authorization_missing');
  });

  it('does not prove anything in the URL', async () => {
    const path = `${ARCHIVES}?access_token=${genuineToken()}&authorization=${genuineToken()}`;

    await expectRefused(running(), authorized(undefined), 'authorization_missing', path);
  });
});
