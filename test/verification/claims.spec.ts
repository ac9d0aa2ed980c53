import { describe, expect, it } from '@jest/globals';
import { type RejectionReason } from '../../lib/verification/callback-rejection.js';
import { useStoppedDate } from '../support/clock.js';
import { nowInSeconds, PROJECT, sha256, signed } from '../support/signer.js';
import { expectRejected, verified } from './rejected.js';
import { bearing, BODY, claimsText, HEADER_TEXT, tokenOf } from './tokens.js';

type Claims = Readonly<Record<string, unknown>>;

const NOW = 1_700_000_000;
const DEFAULT_MAX_AGE = 90_000;
const DEFAULT_CLOCK_TOLERANCE = 60;

/** What names no project that is configured. */
const UNKNOWN: [behaviour: string, project: unknown][] = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'size', 'null', 'undefined'].map(
    (name): (typeof UNKNOWN)[number] => [`the name ${name}`, name],
  ),
  ['a space', ' '],
  ['a space in front of the key', ` ${PROJECT}`],
  ['a zero byte behind the key', `${PROJECT}\0`],
  ['the key in other digits', '\uff11\uff12345678'],
  ['the kind in front of the key', `archive ${PROJECT}`],
  ['128 characters', 'x'.repeat(128)],
  ['0', 0],
  ['a negative number', -12345678],
  ['a number with a fraction', 12345678.5],
  ['1e21', 1e21],
  ['the largest number', Number.MAX_VALUE],
];

/** What cannot name a project. */
const NONE: [behaviour: string, project: unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['an empty string', ''],
  ['129 characters', 'x'.repeat(129)],
  ['5000 characters', 'x'.repeat(5000)],
  ['a list with the key', [PROJECT]],
  ['an empty list', []],
  ['an object', { [PROJECT]: PROJECT }],
  ['an object that would print as the key', { toString: PROJECT }],
  ['true', true],
];

/** An archive callback whose token has a number that JSON.stringify cannot print. */
const withLiteral = (claim: string, literal: string) =>
  bearing(tokenOf(HEADER_TEXT, claimsText({ [claim]: '@' }).replace('"@"', literal)));

describe('CallbackVerifier', () => {
  const stopDateAt = useStoppedDate();

  it('takes the last of two issuers', () => {
    const claims = claimsText().replace('}', ',"iss":"Somebody"}');

    return expectRejected(bearing(tokenOf(HEADER_TEXT, claims)), 'issuer_mismatch');
  });

  it.each([
    ['iat', '1e400', 'issued_at_missing'],
    ['iat', '-1e400', 'issued_at_missing'],
    ['iat', '1e-400', 'token_too_old'],
    ['exp', '-1e400', 'token_expired'],
    ['nbf', '1e400', 'token_not_yet_valid'],
    ['api_key', '1e400', 'project_unknown'],
  ] as const)('rejects %s %s', (claim, literal, reason) => expectRejected(withLiteral(claim, literal), reason));

  it.each([sha256(`${BODY} `), sha256(''), '0'.repeat(64), Buffer.from(sha256(BODY)).reverse().toString()])(
    'rejects the payload hash %s of another body',
    (payload_hash) => expectRejected(signed(BODY, { claims: { payload_hash } }), 'payload_hash_mismatch'),
  );

  it('rejects a token that was issued two days ago', () =>
    expectRejected(signed(BODY, { claims: { iat: nowInSeconds() - 2 * 86_400 } }), 'token_too_old'));

  it.each<[behaviour: string, claims: Claims, reason: RejectionReason | undefined]>([
    ['issued at the last moment that is tolerated', { iat: NOW + DEFAULT_CLOCK_TOLERANCE }, undefined],
    ['issued a second later', { iat: NOW + DEFAULT_CLOCK_TOLERANCE + 1 }, 'issued_in_future'],
    ['of the greatest age', { iat: NOW - DEFAULT_MAX_AGE - DEFAULT_CLOCK_TOLERANCE }, undefined],
    ['a second older', { iat: NOW - DEFAULT_MAX_AGE - DEFAULT_CLOCK_TOLERANCE - 1 }, 'token_too_old'],
    ['that ended as long ago as is tolerated', { exp: NOW - DEFAULT_CLOCK_TOLERANCE }, 'token_expired'],
    ['that ended a second later', { exp: NOW - DEFAULT_CLOCK_TOLERANCE + 1 }, undefined],
    ['that begin as far ahead as is tolerated', { nbf: NOW + DEFAULT_CLOCK_TOLERANCE }, undefined],
    ['that begin a second later', { nbf: NOW + DEFAULT_CLOCK_TOLERANCE + 1 }, 'token_not_yet_valid'],
  ])('judges claims %s to the second', async (_, claims, reason) => {
    stopDateAt(NOW);
    const request = signed(BODY, { claims });

    if (reason === undefined) await verified(request);
    else await expectRejected(request, reason);
  });

  it('accepts a token for the whole day for which Vonage retries', async () => {
    const request = signed(BODY);
    stopDateAt(nowInSeconds() + 86_400);

    expect(await verified(request)).toMatchObject({ kind: 'archive' });
  });

  it.each(UNKNOWN)('finds no project of %s', async (_, project) => {
    await expectRejected(signed(BODY, { claims: { api_key: project } }), 'project_unknown');
    const application = { application_id: project, api_key: undefined };
    await expectRejected(signed(BODY, { claims: application }), 'project_unknown');
  });

  it.each(NONE)('takes %s for no project', async (_, project) => {
    await expectRejected(signed(BODY, { claims: { api_key: project } }), 'project_missing');
    expect(await verified(signed(BODY, { claims: { application_id: project } }))).toMatchObject({ projectId: PROJECT });
  });
});
