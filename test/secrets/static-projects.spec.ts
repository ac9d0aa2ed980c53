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
const archive = (secret: string) => signed(PAYLOADS.archive, { secret });
const TOO_LONG = `${SECRET}${SECRET.slice(0, 51 - SECRET.length)}`;

/** Projects that cannot be used, and what the error says about them; they come from outside of TypeScript. */
const INVALID: [behaviour: string, projects: unknown, message: string][] = [
  ['no projects', {}, 'projects is empty: name at least one project'],
  ['null', null, '"projects" is not an object'],
  ['one secret', SECRET, '"projects" is not an object'],
  ['a list', [SECRET], '"projects" is not an object'],
  ['an empty secret in a list', { [PROJECT]: [SECRET, ''] }, `projects['${PROJECT}'][1] is empty`],
  ['51 characters of a kind', { [PROJECT]: { sip: TOO_LONG } }, `projects['${PROJECT}'].sip has 51 characters`],
  ['an unset variable', { [PROJECT]: undefined }, `projects['${PROJECT}'] is undefined`],
  [
    'a secret for a name',
    { [PROJECT]: { name: SECRET, secret: SECRET } },
    `the name of projects['${PROJECT}'] is the secret itself`,
  ],
  ['a project without secrets', { [PROJECT]: {} }, `no project has a secret for them: add projects['${PROJECT}'].`],
];

/** Secrets, and others that must not match them. */
const TEXTS: [behaviour: string, secret: string, refused: string[]][] = [
  ['one character', 'x', ['', 'X', 'xx']],
  ['50 characters', '0123456789'.repeat(5), ['0123456789'.repeat(5).slice(0, 49), `${'0123456789'.repeat(5)}0`]],
  ['letters beyond ASCII', 'Grüße-привет-你好-✓-😀', ['Grusse', latin1('Grüße-привет-你好-✓-😀')]],
  ['a composed letter', 'caf\u00e9', ['cafe', 'cafe\u0301']],
  ['white space around it', ' a secret ', ['a secret', ' a secret', 'a secret ']],
  ['a line break', 'a\nsecret', ['a secret', 'a\r\nsecret']],
  ['a zero byte', 'a\0secret', ['a', 'asecret']],
  ['characters of base64', base64('a-signature-secret-of-32-bytes!!'), ['a-signature-secret-of-32-bytes!!']],
  ['hex digits', '6b6579206f6620686578', ['key of hex']],
  ['the look of a key in PEM', '-----BEGIN PUBLIC KEY-----', ['BEGIN PUBLIC KEY']],
];

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** What a reader of the wrong encoding would make of the text. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

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
});

describe.each(PLATFORMS)('a secret on %s', (platform) => {
  const projects = Object.fromEntries(TEXTS.map(([, secret], index) => [`project-${index}`, secret]));
  const running = useApplication({ platform, options: { projects } });

  it.each(TEXTS.map(([behaviour, ...rest], index) => [behaviour, `project-${index}`, ...rest] as const))(
    'with %s signs as it is, in UTF-8',
    async (_, api_key, secret, refused) => {
      const by = (signer: string) => signed(PAYLOADS.archive, { secret: signer, claims: { api_key } });
      await expectAccepted(running(), by(secret));
      for (const other of refused) await expectRefused(running(), by(other), 'signature_mismatch');
    },
  );
});

describe.each(PLATFORMS)('during a rotation on %s', (platform) => {
  const [NEXT, CURRENT, OLD] = ['the-next-secret', 'the-current-secret', 'an-old-secret'] as const;
  const running = useApplication({
    platform,
    options: { projects: { [PROJECT]: { ...allKinds('of-another-kind'), archive: [NEXT, CURRENT] } } },
  });

  it.each([
    [NEXT, 0],
    [CURRENT, 1],
    [NEXT, 0],
    [CURRENT, 1],
    [CURRENT, 1],
  ])('accepts %s and reports it as number %d of the list, whichever signed before', async (secret, secretPosition) => {
    await expectAccepted(running(), archive(secret));

    expect(running().observed.outcomes.accepted.at(-1)).toMatchObject({ secretPosition });
  });

  it('refuses a third secret', () => expectRefused(running(), archive(OLD), 'signature_mismatch'));

  it('uses the list for its kind alone', () =>
    expectRefused(
      running(),
      signed(PAYLOADS.session, { secret: CURRENT }),
      'signature_mismatch',
      '/callbacks/session',
    ));

  it('accepts all of 40 concurrent callbacks that the two sign in turn', async () => {
    const sent = Array.from({ length: 40 }, (_, index) => archive(index % 2 === 0 ? NEXT : CURRENT));
    const statuses = await Promise.all(
      sent.map(async (request) => (await running().post('/callbacks/archive', request)).status),
    );

    expect(statuses.filter((status) => status !== 204)).toEqual([]);
    expect(takeHandled()).toHaveLength(40);
    const positions = running()
      .observed.outcomes.accepted.slice(-40)
      .map(({ secretPosition }) => secretPosition);
    expect(positions.filter((position) => position === 0)).toHaveLength(20);
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
