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

const ISSUERS: [behaviour: string, iss: unknown][] = [
  ['no issuer', undefined],
  ['the issuer null', null],
  ['an empty issuer', ''],
  ['the issuer vonage', 'vonage'],
  ['the issuer VONAGE', 'VONAGE'],
  ['an issuer with a space in front', ' Vonage'],
  ['an issuer with a space behind', 'Vonage '],
  ['an issuer with a zero byte behind', 'Vonage\0'],
  ['an issuer in letters that look alike', 'V\u043enage'],
  ['an issuer in full-width letters', '\uff36onage'],
  ['a list of issuers', ['Vonage']],
  ['an object as issuer', { toString: 'Vonage' }],
  ['an issuer in another claim', { iss: 'Vonage' }],
  ['the issuer true', true],
];

const TIMES: [behaviour: string, RejectionReason, claims: () => Claims][] = [
  ['no time of issue', 'issued_at_missing', () => ({ iat: undefined })],
  ['the time of issue null', 'issued_at_missing', () => ({ iat: null })],
  ['the time of issue as text', 'issued_at_missing', () => ({ iat: String(nowInSeconds()) })],
  ['the time of issue as a date', 'issued_at_missing', () => ({ iat: new Date().toISOString() })],
  ['the time of issue in a list', 'issued_at_missing', () => ({ iat: [nowInSeconds()] })],
  ['the time of issue true', 'issued_at_missing', () => ({ iat: true })],
  ['the text NaN as time of issue', 'issued_at_missing', () => ({ iat: 'NaN' })],
  ['the time of issue in ms', 'issued_in_future', () => ({ iat: Date.now() })],
  ['a time of issue in an hour', 'issued_in_future', () => ({ iat: nowInSeconds() + 3600 })],
  ['the largest time of issue', 'issued_in_future', () => ({ iat: Number.MAX_VALUE })],
  ['the time of issue 0', 'token_too_old', () => ({ iat: 0 })],
  ['a negative time of issue', 'token_too_old', () => ({ iat: -nowInSeconds() })],
  ['the lowest time of issue', 'token_too_old', () => ({ iat: -Number.MAX_VALUE })],
  ['a time of issue two days ago', 'token_too_old', () => ({ iat: nowInSeconds() - 2 * 86_400 })],
  ['an end of validity an hour ago', 'token_expired', () => ({ exp: nowInSeconds() - 3600 })],
  ['an end of validity as text', 'token_expired', () => ({ exp: String(nowInSeconds() + 3600) })],
  ['an end of validity in a list', 'token_expired', () => ({ exp: [nowInSeconds() + 3600] })],
  ['the end of validity null', 'token_expired', () => ({ exp: null })],
  ['the end of validity 0', 'token_expired', () => ({ exp: 0 })],
  ['a begin of validity in an hour', 'token_not_yet_valid', () => ({ nbf: nowInSeconds() + 3600 })],
  ['a begin of validity as text', 'token_not_yet_valid', () => ({ nbf: String(nowInSeconds() - 3600) })],
  ['the begin of validity null', 'token_not_yet_valid', () => ({ nbf: null })],
  ['a begin of validity in ms', 'token_not_yet_valid', () => ({ nbf: Date.now() })],
];

const IDS: [behaviour: string, jti: unknown][] = [
  ['no id', undefined],
  ['the id null', null],
  ['an empty id', ''],
  ['a number as id', 7],
  ['a list as id', ['id']],
  ['an object as id', {}],
];

const HASH = sha256(BODY);

const HASHES: [behaviour: string, RejectionReason, payloadHash: unknown][] = [
  ['no payload hash', 'payload_hash_missing', undefined],
  ['the payload hash null', 'payload_hash_missing', null],
  ['an empty payload hash', 'payload_hash_missing', ''],
  ['the payload hash in base64', 'payload_hash_missing', Buffer.from(HASH, 'hex').toString('base64')],
  ['the payload hash in base64url', 'payload_hash_missing', Buffer.from(HASH, 'hex').toString('base64url')],
  ['a payload hash that is a digit short', 'payload_hash_missing', HASH.slice(1)],
  ['a payload hash that is a digit long', 'payload_hash_missing', `${HASH}0`],
  ['the payload hash and a line break', 'payload_hash_missing', `${HASH}\n`],
  ['the payload hash with a prefix', 'payload_hash_missing', `sha256=${HASH}`],
  ['a payload hash with a letter beyond f', 'payload_hash_missing', `g${HASH.slice(1)}`],
  ['the payload hash in a list', 'payload_hash_missing', [HASH]],
  ['a number as payload hash', 'payload_hash_missing', 1],
  ['the hash of another body', 'payload_hash_mismatch', sha256(`${BODY} `)],
  ['the hash of no bytes', 'payload_hash_mismatch', sha256('')],
  ['a payload hash of zeros', 'payload_hash_mismatch', '0'.repeat(64)],
  ['the payload hash backwards', 'payload_hash_mismatch', Buffer.from(HASH).reverse().toString()],
];

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

  it.each(ISSUERS)('rejects %s', (_, iss) => expectRejected(signed(BODY, { claims: { iss } }), 'issuer_mismatch'));

  it('takes the last of two issuers', () => {
    const claims = claimsText().replace('}', ',"iss":"Somebody"}');

    return expectRejected(bearing(tokenOf(HEADER_TEXT, claims)), 'issuer_mismatch');
  });

  it.each(TIMES)('rejects %s', (_, reason, claims) => expectRejected(signed(BODY, { claims: claims() }), reason));

  it.each([
    ['iat', '1e400', 'issued_at_missing'],
    ['iat', '-1e400', 'issued_at_missing'],
    ['iat', '1e-400', 'token_too_old'],
    ['exp', '-1e400', 'token_expired'],
    ['nbf', '1e400', 'token_not_yet_valid'],
  ] as const)('rejects %s %s', (claim, literal, reason) => expectRejected(withLiteral(claim, literal), reason));

  it.each(IDS)('rejects %s', (_, jti) => expectRejected(signed(BODY, { claims: { jti } }), 'token_id_missing'));

  it.each(HASHES)('rejects %s', (_, reason, payload_hash) =>
    expectRejected(signed(BODY, { claims: { payload_hash } }), reason),
  );

  it.each<[behaviour: string, claims: Claims]>([
    ['the payload hash in capitals', { payload_hash: HASH.toUpperCase() }],
    ['an end of validity in an hour', { exp: nowInSeconds() + 3600 }],
    ['an end of validity that just passed', { exp: nowInSeconds() - 5 }],
    ['a begin of validity an hour ago', { nbf: nowInSeconds() - 3600 }],
    ['a begin of validity in some seconds', { nbf: nowInSeconds() + 30 }],
    ['a time of issue with a fraction', { iat: nowInSeconds() - 0.123 }],
    ['unknown claims', { aud: 'me', sub: 'callback', nested: { list: [1, null] } }],
  ])('accepts %s', async (_, claims) => {
    expect((await verified(signed(BODY, { claims }))).claims).toMatchObject(claims);
  });

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

  it('finds no project of a number larger than every other', () =>
    expectRejected(withLiteral('api_key', '1e400'), 'project_unknown'));

  it.each(NONE)('takes %s for no project', async (_, project) => {
    await expectRejected(signed(BODY, { claims: { api_key: project } }), 'project_missing');
    expect(await verified(signed(BODY, { claims: { application_id: project } }))).toMatchObject({ projectId: PROJECT });
  });
});
