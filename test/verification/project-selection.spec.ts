import { describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { CallbackClaims, CallbackProject, type CallbackTokenClaims, VideoCallback } from '../../lib/index.js';
import { PLATFORMS } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, SECRET, signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { ARCHIVES, expectAccepted, expectRefused } from '../support/verdict.js';
import { bearing, claimsText, HEADER_TEXT, tokenOf } from './tokens.js';

const APPLICATION = '0f6d9d3e-2b0c-4a52-9b8e-6b1d9b6f8a10';
const OTHER_PROJECT = '87654321';
const ARCHIVE_SECRET = 'archive-secret-of-the-application';
const SESSION_SECRET = 'session-secret-of-the-application';
const OTHER_SECRET = 'secret-of-a-project-of-another-team';
const APPLICATION_SECRETS = { archive: ARCHIVE_SECRET, session: SESSION_SECRET };
const projects = { [PROJECT]: SECRET, [APPLICATION]: APPLICATION_SECRETS, [OTHER_PROJECT]: OTHER_SECRET };

type Claims = Readonly<Record<string, unknown>>;

const archive = (secret: string, claims: Claims) => signed(PAYLOADS.archive, { secret, claims });

const UNKNOWN: [behaviour: string, apiKey: unknown][] = [
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

const NONE: [behaviour: string, apiKey: unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['an empty text', ''],
  ['129 characters', 'x'.repeat(129)],
  ['5000 characters', 'x'.repeat(5000)],
  ['a list with the key', [PROJECT]],
  ['an empty list', []],
  ['an object', { [PROJECT]: PROJECT }],
  ['an object that would print as the key', { toString: PROJECT }],
  ['true', true],
];

/** Who each callback was taken from: by the module, and by what the token says. */
const tenants: { project: string; claims: CallbackTokenClaims }[] = [];

@Controller('tenants')
class TenantsController {
  @Post('archives')
  @VideoCallback('archive')
  onArchive(@CallbackProject() project: string, @CallbackClaims() claims: CallbackTokenClaims): void {
    tenants.push({ project, claims });
  }
}

describe.each(PLATFORMS)('@CallbackProject on %s', (platform) => {
  const running = useApplication({ platform, options: { projects }, controllers: [TenantsController] });
  const take = async (secret: string, claims: Claims): Promise<string | undefined> => {
    expect(await running().post('/tenants/archives', archive(secret, claims))).toMatchObject({ status: 204 });
    const [taken, ...others] = tenants.splice(0);
    expect(others).toEqual([]);
    expect(taken?.claims).toMatchObject(claims);
    return taken?.project;
  };

  it('is the project whose secret matched', async () => {
    expect(await take(SECRET, { api_key: PROJECT })).toBe(PROJECT);
    expect(await take(ARCHIVE_SECRET, { api_key: PROJECT, application_id: APPLICATION })).toBe(APPLICATION);
  });

  it('is a text, if the token names it by a number', async () => {
    expect(await take(SECRET, { api_key: Number(PROJECT) })).toBe(PROJECT);
  });

  it.each([
    [
      'an application that is not configured',
      { api_key: PROJECT, application_id: 'application-of-somebody-else' },
      SECRET,
      PROJECT,
    ],
    [
      "another tenant's key beside its own application",
      { api_key: PROJECT, application_id: APPLICATION },
      ARCHIVE_SECRET,
      APPLICATION,
    ],
  ])('is the owner of the secret, and not %s that the token names too', async (_, claims, secret, project) => {
    expect(await take(secret, claims)).toBe(project);
  });

  it('is nobody, if a token names the application of another tenant that is configured', async () => {
    const stolen = archive(SECRET, { api_key: PROJECT, application_id: APPLICATION });

    expect(await running().post('/tenants/archives', stolen)).toMatchObject({ status: 401 });
    expect(tenants).toEqual([]);
  });
});

describe.each(PLATFORMS)('the project that a token names on %s', (platform) => {
  const running = useApplication({ platform, options: { projects } });

  it.each(UNKNOWN)('is unknown, if api_key is %s', (_, api_key) =>
    expectRefused(running(), archive(SECRET, { api_key }), 'project_unknown'),
  );

  it.each(UNKNOWN)('is unknown, if application_id is %s', (_, application_id) =>
    expectRefused(running(), archive(SECRET, { application_id, api_key: undefined }), 'project_unknown'),
  );

  it.each(NONE)('is missing, if api_key is %s', (_, api_key) =>
    expectRefused(running(), archive(SECRET, { api_key }), 'project_missing'),
  );

  it('is unknown, if api_key is larger than every number', () =>
    expectRefused(
      running(),
      bearing(tokenOf(HEADER_TEXT, claimsText().replace(`"${PROJECT}"`, '1e400'))),
      'project_unknown',
    ));

  it.each<[behaviour: string, projectId: string, secret: string, claims: Claims]>([
    ['api_key', PROJECT, SECRET, {}],
    ['api_key as a number', PROJECT, SECRET, { api_key: Number(PROJECT) }],
    [
      'application_id without api_key',
      APPLICATION,
      ARCHIVE_SECRET,
      { application_id: APPLICATION, api_key: undefined },
    ],
    ['application_id before api_key', APPLICATION, ARCHIVE_SECRET, { application_id: APPLICATION }],
    ['api_key, if application_id is not configured', PROJECT, SECRET, { application_id: 'unconfigured' }],
    ...NONE.map(([name, application_id]): [string, string, string, Claims] => [
      `api_key, if application_id is ${name}`,
      PROJECT,
      SECRET,
      { application_id },
    ]),
  ])('is found by %s', async (_, projectId, secret, claims) => {
    await expectAccepted(running(), archive(secret, claims));

    expect(running().observed.outcomes.accepted.at(-1)).toMatchObject({ projectId });
  });

  it.each<[behaviour: string, secret: string, claims: Claims]>([
    ['of its api_key, though its application_id is configured', SECRET, { application_id: APPLICATION }],
    ['of another project', OTHER_SECRET, {}],
    ['of another project than the application', OTHER_SECRET, { application_id: APPLICATION }],
    ['of its application, though the token does not name it', ARCHIVE_SECRET, {}],
    ['of another kind of its callbacks', SESSION_SECRET, { application_id: APPLICATION }],
    ['that is the key itself', PROJECT, {}],
  ])('does not sign with the secret %s', (_, secret, claims) =>
    expectRefused(running(), archive(secret, claims), 'signature_mismatch'),
  );

  it('does not sign with the secret of one kind for the route of another', async () => {
    const session = signed(PAYLOADS.session, { secret: SESSION_SECRET, claims: { application_id: APPLICATION } });

    await expectAccepted(running(), session, '/callbacks/session');
    await expectRefused(running(), session, 'signature_mismatch', ARCHIVES);
  });
});
