import { describe, expect, it } from '@jest/globals';
import { projectsFromEnvironment, VideoCallbacksModule, type VideoCallbacksOptions } from '../../lib/index.js';
import { PLATFORMS, startApplication } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { KeptLogs } from '../support/logs.js';
import { PAYLOADS } from '../support/payloads.js';
import { exchange } from '../support/raw-http.js';
import { PROJECT, SECRET, signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { ARCHIVES, expectAccepted, expectRefused } from '../support/verdict.js';

const OTHER = '87654321';
const TOO_LONG = `${SECRET}${SECRET.slice(0, 51 - SECRET.length)}`;

/** Projects that cannot be meant, and what the error says about them; they come from outside of TypeScript. */
const INVALID: [behaviour: string, projects: unknown, message: string][] = [
  ['no projects', {}, 'projects is empty: name at least one project'],
  ['null', null, '"projects" is not an object'],
  ['one secret', SECRET, '"projects" is not an object'],
  ['a list', [SECRET], '"projects" is not an object'],
  ['an empty secret', { [PROJECT]: '' }, `projects['${PROJECT}'] is empty: a signature secret has 1 to 50 characters`],
  ['an empty secret of a kind', { [PROJECT]: { archive: '' } }, `projects['${PROJECT}'].archive is empty`],
  ['an empty secret in a list', { [PROJECT]: [SECRET, ''] }, `projects['${PROJECT}'][1] is empty`],
  [
    'an empty secret in the list of a kind',
    { [PROJECT]: { archive: [SECRET, SECRET, ''] } },
    `projects['${PROJECT}'].archive[2] is empty`,
  ],
  ['51 characters', { [PROJECT]: TOO_LONG }, `projects['${PROJECT}'] has 51 characters: Vonage takes at most 50`],
  ['51 characters of a kind', { [PROJECT]: { sip: TOO_LONG } }, `projects['${PROJECT}'].sip has 51 characters`],
  ['51 characters in a list', { [PROJECT]: [SECRET, TOO_LONG] }, `projects['${PROJECT}'][1] has 51 characters`],
  ['an empty list', { [PROJECT]: [] }, `projects['${PROJECT}'] is an empty list`],
  ['an empty list of a kind', { [PROJECT]: { archive: [] } }, `projects['${PROJECT}'].archive is an empty list`],
  ['a number', { [PROJECT]: 31 }, `projects['${PROJECT}'] is number`],
  [
    'a number of a kind',
    { [PROJECT]: { archive: 31 } },
    `projects['${PROJECT}'].archive is number: a signature secret`,
  ],
  ['a secret that is null', { [PROJECT]: null }, `projects['${PROJECT}'] is null`],
  ['null of a kind', { [PROJECT]: { archive: null } }, `projects['${PROJECT}'].archive is null`],
  ['an unset variable', { [PROJECT]: undefined }, `projects['${PROJECT}'] is undefined`],
  ['an unset variable of a kind', { [PROJECT]: { archive: undefined } }, `projects['${PROJECT}'].archive is undefined`],
  ['an unset variable in a list', { [PROJECT]: [SECRET, undefined] }, `projects['${PROJECT}'][1] is undefined`],
  ['a list in a list', { [PROJECT]: [[SECRET]] }, `projects['${PROJECT}'][0] is object`],
  ['a buffer of a kind', { [PROJECT]: { archive: Buffer.from(SECRET) } }, `projects['${PROJECT}'].archive is object`],
  [
    'a name twice in the list of a kind',
    {
      [PROJECT]: {
        session: [
          { name: 'a', secret: SECRET },
          { name: 'a', secret: 'another' },
        ],
      },
    },
    `projects['${PROJECT}'].session has two secrets named "a"`,
  ],
  [
    'a named secret among kinds',
    { [PROJECT]: { name: 'a', secret: SECRET, sip: SECRET } },
    `projects['${PROJECT}'] has more members than a name and a secret`,
  ],
  [
    'an empty secret with a name',
    { [PROJECT]: { name: 'a', secret: '' } },
    `projects['${PROJECT}'].secret is empty: a signature secret has 1 to 50 characters`,
  ],
  [
    'a secret for a name',
    { [PROJECT]: { name: SECRET, secret: SECRET } },
    `the name of projects['${PROJECT}'] must be a text`,
  ],
  ['an unknown kind', { [PROJECT]: { archives: SECRET } }, `projects['${PROJECT}'].archives is not a kind of callback`],
  ['a kind of every object', { [PROJECT]: { toString: SECRET } }, `projects['${PROJECT}'].toString is not a kind`],
  ['a project without secrets', { [PROJECT]: {} }, `no project has a secret for them: add projects['${PROJECT}'].`],
  ['the second project', { [PROJECT]: SECRET, [OTHER]: '' }, `projects['${OTHER}'] is empty`],
  ['a project without a name', { '': SECRET }, `projects['']: this cannot be the name of a project`],
  [
    'a project of an unset variable',
    { undefined: SECRET },
    `projects['undefined']: this cannot be the name of a project`,
  ],
  ['a project of a variable that is null', { null: SECRET }, `projects['null']: this cannot be the name of a project`],
  ['a project with a name that no token can have', { ['x'.repeat(129)]: SECRET }, `projects['xxx`],
];

describe('the option projects', () => {
  it.each(INVALID)(
    'with %s is an error at start-up, which says where, but not the secret',
    async (_, projects, text) => {
      const logger = new KeptLogs();
      const options = { projects } as VideoCallbacksOptions;
      const message = await startApplication({ options, nest: { logger } }).then(
        (running) => running.close().then(() => 'it has started'),
        (error: unknown) => (error instanceof Error ? error.message : ''),
      );

      expect(message).toContain(text);
      expect([message, ...logger.lines].filter((line) => line.includes(SECRET))).toEqual([]);
    },
  );

  it('with a secret of less than 32 bytes is a warning that says where, but not the secret', async () => {
    const projects = { [PROJECT]: { ...allKinds(SECRET), sip: [SECRET, 'short-secret'] } };
    const running = await startApplication({ options: { projects } });
    await running.close();

    expect(running.logs.of('warn')).toEqual([
      expect.stringContaining(`projects['${PROJECT}'] (sip): a signature secret has less than 32 bytes`),
    ]);
    expect(running.logs.lines.join()).not.toContain('short-secret');
  });

  it.each([
    ['short and with white space', 'short-secret\n', ['less than 32 bytes', 'white space']],
    ['with a space in front', ` ${SECRET}`, ['white space']],
    ['with a tab at the end', `${SECRET}\t`, ['white space']],
  ])('with a secret that is %s in every kind warns once per project and doubt', async (_, secret, doubts) => {
    const projects = { [PROJECT]: secret, [OTHER]: allKinds(secret), fine: SECRET };
    const running = await startApplication({ options: { projects } });
    await running.close();

    const expected = doubts.flatMap((doubt) => [PROJECT, OTHER].map((project) => `${project} ${doubt}`));
    expect(
      running.logs.of('warn').map((line) => /'(.*?)'.*(less than 32 bytes|white space)/.exec(line)?.slice(1).join(' ')),
    ).toEqual(expected);
    expect(running.logs.lines.join()).not.toContain(secret.trim());
  });

  it('with a secret that has white space in front verifies with the white space', async () => {
    const running = await startApplication({ options: { projects: { [PROJECT]: ` ${SECRET}` } } });
    try {
      await expectAccepted(running, signed(PAYLOADS.archive, { secret: ` ${SECRET}` }));
      await expectRefused(running, signed(PAYLOADS.archive), 'signature_mismatch');
    } finally {
      await running.close();
    }
  });
});

describe.each(PLATFORMS)('a project whose name has a line break at its end on %s', (platform) => {
  const running = useApplication({ platform, options: { projects: { [`${PROJECT}\n`]: SECRET } } });

  it('is a warning at start-up', () => {
    expect(running().logs.of('warn')[0]).toContain(`projects["${PROJECT}\\n"]: the name has white space`);
  });

  it('is named in the explanation of a refusal', async () => {
    await expectRefused(running(), signed(PAYLOADS.archive), 'project_unknown');
    expect(running().observed.outcomes.rejected.at(-1)).toMatchObject({
      projectId: PROJECT,
      explanation: `no secret is configured for the project of the token; projects["${PROJECT}\\n"] differs in white space, quotes or case only`,
    });
  });
});

function allKinds(secret: string) {
  return Object.fromEntries(Object.keys(PAYLOADS).map((kind) => [kind, secret]));
}

describe.each(PLATFORMS)('a project without a secret for a kind on %s', (platform) => {
  const running = useApplication({
    platform,
    options: { projects: { [PROJECT]: SECRET, [OTHER]: { session: SECRET } } },
  });

  it('is a warning at start-up', () => {
    expect(running().logs.of('warn')).toContainEqual(
      expect.stringContaining(`projects['${OTHER}'] has no secret for archive callbacks`),
    );
  });

  it.each([
    ['with the secret of another kind', SECRET],
    ['with any other secret', 'another'],
  ])('is answered 503 and logged as an error %s', async (_, secret) => {
    const { logs, observed, port } = running();
    const { status, body } = await exchange(
      port,
      ARCHIVES,
      signed(PAYLOADS.archive, { secret, claims: { api_key: OTHER } }),
    );

    expect({ status, body }).toEqual({ status: 503, body: '{"message":"Service Unavailable","statusCode":503}' });
    expect(takeHandled()).toEqual([]);
    expect(logs.of('error').at(-1)).toContain(`add projects['${OTHER}'].archive`);
    expect(observed.outcomes.unavailable.at(-1)).toMatchObject({
      kind: 'archive',
      route: 'KindsController.onArchive',
      error: { name: 'SecretsUnavailableError', cause: { name: 'MissingSecretError' } },
    });
    expect(observed.outcomes.rejected).toEqual([]);
  });
});

describe.each(PLATFORMS)('projects with the names of members of every object on %s', (platform) => {
  const names = ['__proto__', 'constructor', 'toString'];
  const projects = Object.fromEntries(names.map((name) => [name, `the-secret-of-${name}`]));
  const running = useApplication({ platform, options: { projects } });
  const from = (api_key: string, secret: string) => signed(PAYLOADS.archive, { secret, claims: { api_key } });

  it.each(names)('%s is a project like another', async (name) => {
    await expectAccepted(running(), from(name, `the-secret-of-${name}`));
    await expectRefused(running(), from(name, 'another'), 'signature_mismatch');
  });

  it('others are unknown', () => expectRefused(running(), from('valueOf', ''), 'project_unknown'));
});

it.each(PLATFORMS)('projects from the environment are those whose callbacks are accepted on %s', async (platform) => {
  const another = 'another-signature-secret-of-ours';
  const env = {
    VIDEO_API_KEY: PROJECT,
    ARCHIVE_SIGNATURE_SECRET: `${another}\n${SECRET}`,
    VIDEO_SIGNATURE_SECRET: another,
  };
  const imports = [
    VideoCallbacksModule.forRootAsync({ useFactory: () => ({ projects: projectsFromEnvironment(env) }) }),
  ];
  const running = await startApplication({ platform, imports });
  try {
    for (const secret of [SECRET, another]) await expectAccepted(running, signed(PAYLOADS.archive, { secret }));
    expect(await running.post('/callbacks/sip', signed(PAYLOADS.sip))).toMatchObject({ status: 401 });
  } finally {
    await running.close();
  }
});
