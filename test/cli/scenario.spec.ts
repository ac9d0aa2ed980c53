import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PROJECT, SECRET } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { type PlainEndpoint, startEndpoint } from './support/endpoint.js';
import { errorLine, runCommand } from './support/run-command.js';

const ENV = { VIDEO_SIGNATURE_SECRET: SECRET };
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

  it('takes as long as it is told', async () => {
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
