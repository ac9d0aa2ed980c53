import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fixtureEvents } from '../../lib/testing/index.js';
import { VIDEO_CALLBACK_KINDS } from '../../lib/index.js';
import { PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PROJECT, SECRET, sha256 } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { type PlainEndpoint, startEndpoint } from './support/endpoint.js';
import { errorLine, runCommand, RunningCommand } from './support/run-command.js';
import { useTemporaryFiles } from './support/temporary-files.js';

const ENV = { VIDEO_SIGNATURE_SECRET: SECRET };
const EVENTS = VIDEO_CALLBACK_KINDS.map((kind) => ({ kind, event: fixtureEvents(kind).map(String).at(-1) ?? '' }));

describe.each(PLATFORMS)('send to an application on %s', (platform) => {
  const application = useApplication({ platform });

  it.each(EVENTS)('delivers $kind/$event', async ({ kind, event }) => {
    const url = `${application().url}/callbacks/{kind}`;
    const ended = await runCommand(['send', url, '--kind', kind, '--event', event, '--api-key', PROJECT], { env: ENV });

    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(new RegExp(`^✓ 204 +\\d+ ms  ${kind}/${event} +jti [0-9a-f-]{36}\n$`));
    expect(takeHandled()).toMatchObject([{ kind, claims: { api_key: PROJECT } }]);
  });

  it('sends the bytes of a file exactly', async () => {
    const body = '{ "id":"x", "status":"started",\r\n "sessionId":"\\u00e9\\/", "size":1.0 }\n';
    const argv = [
      'send',
      `${application().url}/callbacks/archive`,
      '--kind',
      'archive',
      '--file',
      '-',
      '--api-key',
      PROJECT,
    ];
    expect(await runCommand(argv, { env: ENV, stdin: body })).toMatchObject({ code: 0 });
    expect(takeHandled()).toMatchObject([{ claims: { payload_hash: sha256(body) }, callback: { sessionId: 'é/' } }]);
  });
});

describe.each(PLATFORMS)('send --copies to an application on %s', (platform) => {
  const application = useApplication({ platform });

  it.each([[], ['--resign']])('has its callback handled once %j', async (...options) => {
    const url = `${application().url}/callbacks/{kind}`;
    const argv = ['--kind', 'archive', '--event', 'available', '--copies', '5', '--api-key', PROJECT, ...options];
    expect(await runCommand(['send', url, ...argv], { env: ENV })).toMatchObject({ code: 0, stderr: '' });
    expect(takeHandled()).toHaveLength(1);
  });
});

describe('send to an endpoint that switches protocols', () => {
  it('fails with its answer', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const argv = ['--kind', 'archive', '--event', 'available', '--api-key', PROJECT];
    const ended = await runCommand(['send', `http://127.0.0.1:${port}`, ...argv], { env: ENV });
    server.close();

    expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('✗ 101') });
  });
});

describe('send', () => {
  const file = useTemporaryFiles();
  let endpoint: PlainEndpoint;
  beforeAll(async () => {
    endpoint = await startEndpoint(({ path }) => (path === '/refuse' ? 401 : 204));
  });
  beforeEach(() => {
    endpoint.seen.length = 0;
  });
  afterAll(() => endpoint.close());

  const send = (...options: readonly string[]) => runCommand(['send', endpoint.url, ...options], { env: ENV });
  const bodies = () => endpoint.seen.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
  const claims = () =>
    endpoint.seen.map(
      ({ request }) =>
        JSON.parse(Buffer.from(request.headers.authorization?.split('.')[1] ?? '', 'base64url').toString()) as Record<
          string,
          unknown
        >,
    );

  it('sends bytes that are not even text', async () => {
    const bytes = Buffer.from([0, 0xff, 0x0d, 0x0a]);
    const path = await file('bytes', bytes);
    expect(await send('--kind', 'archive', '--file', path, '--api-key', '1')).toMatchObject({ code: 0 });
    expect(endpoint.seen[0]?.body).toEqual(bytes);
  });

  it.each([
    [
      'UTF-16, and says so',
      Buffer.from('\uFEFF{"id":"an-archive"}\r\n', 'utf16le'),
      /^\S* is in UTF-16, as PowerShell/,
    ],
    ['UTF-8 with a byte order mark', Buffer.from('\uFEFF{"id":"an-archive"}\r\n'), /^✓ 204/],
  ])('sends a file as it is that is in %s', async (_, bytes, firstLine) => {
    const path = await file('archive.json', bytes);
    const ended = await send('--kind', 'archive', '--file', path, '--api-key', '1');
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(firstLine) });
    expect(endpoint.seen[0]?.body).toEqual(bytes);
  });

  it('sets fields, as JSON or text, also within objects', async () => {
    const fields = [
      'name=Lesson 8',
      'size=5',
      'password="5"',
      'url=null',
      'transcription.status=failed',
      '__proto__=1',
    ];
    const ended = await send(
      '--kind',
      'archive',
      '--event',
      'stopped',
      '--api-key',
      '1',
      ...fields.flatMap((field) => ['--set', field]),
    );
    expect(ended.code).toBe(0);
    const [body] = bodies();
    expect(body).toMatchObject({
      name: 'Lesson 8',
      size: 5,
      password: '5',
      url: null,
      transcription: { status: 'failed' },
    });
    expect(Object.hasOwn(body ?? {}, '__proto__')).toBe(true);
  });

  it('sends several, each with ids and a token of its own', async () => {
    const ended = await send('--kind', 'sip', '--event', 'callCreated', '--count', '3', '--api-key', '1');
    expect(ended.stdout).toMatch(/3 of 3 callbacks delivered\n$/);
    expect(new Set(bodies().map(({ sessionId }) => sessionId)).size).toBe(3);
    expect(new Set(claims().map(({ jti }) => jti)).size).toBe(3);
  });

  describe('--copies', () => {
    const COPIES = ['--kind', 'archive', '--event', 'available', '--api-key', '1', '--copies', '3'] as const;
    const tokens = () => endpoint.seen.map(({ request }) => request.headers.authorization);
    const sentBodies = () => endpoint.seen.map(({ body }) => body.toString());

    it('sends the same signed callback so often, one after the other', async () => {
      const ended = await send(...COPIES);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(ended.stdout).toMatch(/copy 1 .*\n.*copy 2 .*\n.*copy 3 .*\n3 of 3 copies delivered\n$/);
      expect(tokens()).toHaveLength(3);
      expect(new Set(tokens()).size).toBe(1);
      expect(new Set(sentBodies()).size).toBe(1);
    });

    it('with --resign sends the same body with a new token each time', async () => {
      expect(await send(...COPIES, '--resign')).toMatchObject({ code: 0, stderr: '' });
      expect(new Set(claims().map(({ jti }) => jti)).size).toBe(3);
      expect(new Set(sentBodies()).size).toBe(1);
    });

    it('reports each copy to scripts', async () => {
      const ended = await send(...COPIES, '--resign', '--count', '2', '--json');
      const { deliveries, ...sum } = JSON.parse(ended.stdout) as {
        deliveries: readonly { copy: number; jti: string; event: string }[];
      };
      expect(sum).toEqual({ delivered: 6, failed: 0 });
      expect(deliveries.map(({ copy }) => copy)).toEqual([1, 2, 3, 1, 2, 3]);
      expect(deliveries.map(({ jti }) => jti)).toEqual(claims().map(({ jti }) => jti));
    });

    it('sends copies of each callback of a scenario', async () => {
      const scenario = ['--scenario', 'session', '--speed', '100000', '--kind', 'captions', '--api-key', '1'];
      const ended = await send(...scenario, '--copies', '2');
      expect(ended.stdout).toMatch(/4 of 4 copies delivered\n$/);
      expect(bodies().map(({ status }) => status)).toEqual(['started', 'started', 'stopped', 'stopped']);
    });

    it.each([
      [['--copies', '101'], '--copies is a whole number from 1 to 100, not "101"'],
      [['--resign'], '--resign has no meaning without --copies'],
      [['--forge', '--copies', '2'], '--copies has no meaning with --forge'],
    ])('is refused as %j', async (options, message) => {
      const ended = await send('--kind', 'archive', '--event', 'available', '--api-key', '1', ...options);
      expect(errorLine(ended)).toContain(message);
      expect(ended.code).toBe(2);
    });
  });

  it('names the project in the token and the payload', async () => {
    const application = '93e36bb9-5555-45b6-a9ea-5c37dbc49906';
    await send('--kind', 'archive', '--event', 'started', '--api-key', '87654321');
    await send('--kind', 'archive', '--event', 'started', '--api-key', 'abcd1234', '--application-id', application);
    await send('--kind', 'session', '--event', 'sessionCreated', '--application-id', application);
    await send('--kind', 'broadcast', '--event', 'started', '--api-key', 'abcd1234');

    expect(claims()).toMatchObject([
      { api_key: '87654321' },
      { api_key: 'abcd1234', application_id: application },
      { application_id: application },
      { api_key: 'abcd1234' },
    ]);
    expect(bodies()).toMatchObject([
      { projectId: 87654321 },
      { applicationId: application },
      { projectId: application },
      { applicationId: expect.any(String) },
    ]);
  });

  it('prints one JSON document for scripts', async () => {
    const ended = await send(
      '--kind',
      'captions',
      '--event',
      'paused',
      '--count',
      '2',
      '--api-key',
      '1',
      '--path',
      'captions=/refuse',
      '--json',
    );
    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      delivered: 0,
      failed: 2,
      deliveries: [
        {
          kind: 'captions',
          event: 'paused',
          delivered: false,
          status: 401,
          ms: expect.any(Number),
          jti: claims()[0]?.['jti'],
        },
        { url: `${endpoint.url}/refuse` },
      ],
    });
  });

  it('colours its lines on a terminal only, and not where colours are not wanted', async () => {
    const argv = ['send', endpoint.url, '--kind', 'sip', '--event', 'callCreated', '--api-key', '1'];
    const isColoured = async (setup: { isTTY: boolean; env: Record<string, string> }) =>
      (await runCommand(argv, { ...setup, env: { ...ENV, ...setup.env } })).stdout.includes('\u001b[');
    expect(await isColoured({ isTTY: true, env: {} })).toBe(true);
    expect(await isColoured({ isTTY: false, env: {} })).toBe(false);
    expect(await isColoured({ isTTY: true, env: { NO_COLOR: '1' } })).toBe(false);
    expect(await isColoured({ isTTY: true, env: { NO_COLOR: '' } })).toBe(true);
    expect(await isColoured({ isTTY: true, env: { TERM: 'dumb' } })).toBe(false);
  });

  it('ends when it is interrupted', async () => {
    const running = new RunningCommand(
      ['send', endpoint.url, '--scenario', 'session', '--speed', '1', '--api-key', '1'],
      { env: ENV },
    );
    await running.printed(/ 1\/24/);
    running.interrupt();
    expect(await running.ended()).toMatchObject({ code: 1, stderr: 'video-callbacks: interrupted\n' });
  });
});

const FAST = ['--scenario', 'session', '--speed', '100000', '--api-key', PROJECT];

type Body = Readonly<Record<string, unknown>>;

describe.each(PLATFORMS)('send --scenario session on %s', (platform) => {
  const application = useApplication({ platform });

  it('arrives whole, in order and consistent', async () => {
    const ended = await runCommand(['send', `${application().url}/callbacks/{kind}`, ...FAST], { env: ENV });
    expect(ended).toMatchObject({ code: 0, stderr: '' });

    const handled = takeHandled();
    const ofKind = (kind: string) => handled.filter((call) => call.kind === kind).map(({ raw }) => raw);
    const events = handled.map(
      ({ kind, raw }) =>
        `${kind} ${String(raw['state'] ?? (/^s(ession|ip)$/.test(kind) ? raw['event'] : raw['status']))}`,
    );
    expect(events).toEqual([
      'session sessionCreated',
      'session connectionCreated',
      'session streamCreated',
      'session connectionCreated',
      'session streamCreated',
      'captions started',
      'archive started',
      'broadcast started',
      'archive paused',
      'archive started',
      'sip callCreated',
      'sip DIALING',
      'sip RINGING',
      'sip ACTIVE',
      'sip callDestroyed',
      'broadcast stopped',
      'archive stopped',
      'captions stopped',
      'archive available',
      'session streamDestroyed',
      'session connectionDestroyed',
      'session streamDestroyed',
      'session connectionDestroyed',
      'session sessionDestroyed',
    ]);
    const distinct = (values: readonly unknown[]) => new Set(values).size;
    expect(distinct(handled.map(({ raw }) => raw['sessionId']))).toBe(1);
    expect(distinct(ofKind('archive').map(({ id }) => id))).toBe(1);
    expect(distinct(ofKind('broadcast').map(({ id }) => id))).toBe(1);
    expect(distinct(ofKind('captions').map(({ captionId }) => captionId))).toBe(1);
    expect(distinct(ofKind('sip').map(({ call }) => (call as Body)['id']))).toBe(1);
    const connections = ofKind('session').map(
      ({ connection, stream }) => connection ?? (stream as Body | undefined)?.['connection'],
    );
    const ids = connections.flatMap((connection) => (connection === undefined ? [] : [(connection as Body)['id']]));
    expect([distinct(ids), ids.length]).toEqual([2, 8]);
    expect(distinct(handled.map(({ claims }) => claims.jti))).toBe(24);

    const moments = handled.map(({ raw }) => Number(raw['timestamp'] ?? raw['updatedAt']));
    expect([...moments].sort((one, other) => one - other).slice(1)).toEqual(moments.slice(1));
    expect(moments.at(-1)).toBeLessThanOrEqual(Date.now() + 10);
    expect((moments.at(-1) ?? 0) - (moments[0] ?? 0)).toBe(170_000);
  });
});

describe('send --scenario session', () => {
  let endpoint: PlainEndpoint;
  beforeAll(async () => {
    endpoint = await startEndpoint(({ path }) => (path.startsWith('/sip') ? 500 : 204));
  });
  afterAll(() => endpoint.close());

  it('sends each kind to its own path, goes on after a failure and reports it', async () => {
    const paths = ['--path', 'sip=/sip?x=1', '--path', 'archive=/video/archives'];
    const ended = await runCommand(['send', `${endpoint.url}/all`, ...FAST, ...paths], { env: ENV });
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/19 of 24 callbacks delivered, 5 failed\n$/);
    const counts = (path: string) => endpoint.seen.filter((seen) => seen.path === path).length;
    expect(['/sip?x=1', '/video/archives', '/all'].map(counts)).toEqual([5, 5, 14]);
  });

  it('can be played with some kinds only', async () => {
    const ended = await runCommand(
      ['send', endpoint.url, ...FAST, '--kind', 'archive', '--kind', 'broadcast', '--json'],
      {
        env: { ARCHIVE_SIGNATURE_SECRET: SECRET, BROADCAST_SIGNATURE_SECRET: SECRET },
      },
    );
    expect(JSON.parse(ended.stdout)).toMatchObject({ delivered: 7, failed: 0 });
  });

  it('takes as long as --speed says', async () => {
    const begun = Date.now();
    const argv = ['send', endpoint.url, ...FAST, '--kind', 'captions'].map((word) =>
      word === '100000' ? '400' : word,
    );
    expect(await runCommand(argv, { env: ENV })).toMatchObject({ code: 0 });
    expect(Date.now() - begun).toBeGreaterThanOrEqual((135 * 1000) / 400 - 5);
  });

  it('asks for every secret before it begins', async () => {
    endpoint.seen.length = 0;
    const ended = await runCommand(['send', endpoint.url, ...FAST], { env: { SESSION_SIGNATURE_SECRET: SECRET } });
    expect(errorLine(ended)).toContain('no signature secret for captions: set CAPTIONS_SIGNATURE_SECRET');
    expect(ended.code).toBe(2);
    expect(endpoint.seen).toEqual([]);
  });

  it('has an Experience Composer where that is asked for', async () => {
    const ended = await runCommand(['send', endpoint.url, ...FAST, '--kind', 'experienceComposer', '--json'], {
      env: ENV,
    });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      delivered: 2,
      deliveries: [{ event: 'started' }, { event: 'stopped' }],
    });
  });
});
