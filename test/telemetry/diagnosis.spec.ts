import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { type RejectedOutcome, type SignatureSecretProvider, VIDEO_CALLBACK_KINDS } from '../../lib/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { CallbackTelemetry } from '../../lib/telemetry/callback-telemetry.js';
import { useOwnLogWindows } from '../support/log-windows.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, SECRET, signed, type SignedRequest } from '../support/signer.js';
import { exchange } from '../support/raw-http.js';
import { until } from '../support/until.js';
import { useApplication } from '../support/use-application.js';

const SESSION_SECRET = 'the-secret-of-the-session-webhook';
const OTHER_SECRETS = Object.fromEntries(VIDEO_CALLBACK_KINDS.map((kind) => [kind, `the-secret-of-${kind}`]));
const COMPACT = JSON.stringify(PAYLOADS.archive);

const withBody = (body: string): SignedRequest => ({ ...signed(COMPACT), body: Buffer.from(body) });

const REFUSED: RejectedOutcome = {
  kind: 'archive',
  route: 'VideoController.onArchive',
  address: undefined,
  durations: { total: 1 },
  reason: 'payload_hash_mismatch',
  explanation: 'the body is not the one that was signed',
  projectId: PROJECT,
};

/** The line of the next refusal. */
async function lineAfter({ logs, port }: RunningApplication, request: SignedRequest): Promise<string> {
  logs.lines.length = 0;
  expect((await exchange(port, '/callbacks/archive', request)).status).toBe(401);
  await until(() => logs.of('warn').length > 0);
  return logs.of('warn').join('\n');
}

describe.each(PLATFORMS)('the log line of a refusal on %s', (platform) => {
  useOwnLogWindows();
  const projects = { [PROJECT]: { ...OTHER_SECRETS, archive: SECRET, session: SESSION_SECRET } };
  const running = useApplication({ platform, options: { projects } });

  it('names the kind whose secret made the signature', async () => {
    const line = await lineAfter(running(), signed(PAYLOADS.archive, { secret: SESSION_SECRET }));

    expect(line).toContain(
      'no archive secret of the project made this signature. It matches the secret configured for session',
    );
    expect(line).not.toContain(SESSION_SECRET);
  });

  it('says that no other secret made the signature either', async () => {
    expect(await lineAfter(running(), signed(PAYLOADS.archive, { secret: 'guessed' }))).toContain(
      'It matches no secret of another kind either',
    );
  });

  it('does not change the answer, which is the same for both', async () => {
    const application = running();
    const other = await application.post('/callbacks/archive', signed(PAYLOADS.archive, { secret: SESSION_SECRET }));
    const forged = await application.post('/callbacks/archive', signed(PAYLOADS.archive, { secret: 'guessed' }));

    expect([other.status, other.text]).toEqual([forged.status, forged.text]);
  });

  it.each([
    ['printed anew', JSON.stringify(PAYLOADS.archive, null, 2), 're-serialised: it has 25 bytes more than the signed'],
    ['replaced', '{"id":"another"}', 'it is another body'],
  ])('says that the body was %s', async (_, body, found) => {
    const line = await lineAfter(running(), withBody(body));

    expect(line).toContain('something between Vonage and this process rewrites it (a proxy, a body parser)');
    expect(line.replace(/has \d\d bytes/, 'has 25 bytes')).toContain(found);
  });

  it('shows the User-Agent', async () => {
    const line = await lineAfter(running(), signed(PAYLOADS.archive, { headers: { 'user-agent': 'curl/8.5' } }));

    expect(line).toContain('user_agent_mismatch: the User-Agent is "curl/8.5", not that of Vonage callbacks');
  });

  // A flood of guesses does not hide it.
  it('names a swapped secret among many guessed ones in a minute, and so does each sum', async () => {
    // A minute of this clock, however long the requests take.
    let now = performance.now() + 120_000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const application = await startApplication({ platform, options: { projects } });
    const refuse = async (secret: string): Promise<void> => {
      now += 450;
      await application.post('/callbacks/archive', signed(PAYLOADS.archive, { secret }));
    };
    for (let count = 0; count < 100; count += 1) await refuse(count === 50 ? SESSION_SECRET : `guess ${count}`);
    await refuse(SESSION_SECRET);
    await application.close();

    const refusals = application.logs.of('warn').filter((line) => line.includes('signature_mismatch'));
    const sum = (count: number): RegExp => new RegExp(`^warn ${count} more within 60 s, of which the latest: `);
    expect(refusals).toEqual([
      expect.stringContaining('It matches no secret of another kind either'),
      expect.stringContaining('It matches the secret configured for session'),
      expect.stringMatching(sum(98)),
      expect.stringMatching(sum(1)),
    ]);
    expect(refusals[2]).toContain('It matches no secret of another kind either');
    expect(refusals[3]).toContain('It matches the secret configured for session');
  });
});

describe('diagnoses', () => {
  let now = 0;
  const lines: string[] = [];
  const telemetry = new CallbackTelemetry();
  const diagnose = jest.fn(() => 'found');
  beforeEach(() => {
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void lines.push(String(line)));
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([
    ['signature_mismatch', 50],
    ['payload_hash_mismatch', 10],
  ] as const)('of %s are at most %i a second for each route, and the others are summed up', async (reason, most) => {
    lines.length = 0;
    const flood = (route: string): void => {
      diagnose.mockClear();
      for (let count = 0; count < 1000; count += 1) telemetry.rejected({ ...REFUSED, reason, route }, diagnose);
    };
    for (const [route, seconds] of [
      ['A.on', 0],
      ['A.on', 1],
      ['B.on', 0],
    ] as const) {
      now += seconds * 1000;
      flood(route);
      await setImmediate();
      expect(diagnose).toHaveBeenCalledTimes(most);
    }
    await telemetry.onApplicationShutdown();

    expect(lines.filter((line) => line.includes('A.on'))).toEqual([
      expect.stringMatching(/^Rejected .*\. Not diagnosed: too many refusals at once$/),
      expect.stringMatching(/^Rejected .*\. found$/),
      expect.stringMatching(/ more within 60 s, .*\. Not diagnosed/),
      expect.stringMatching(new RegExp(`^${2 * most - 1} more within 60 s, [^]*found$`)),
    ]);
  });

  it('that differ only in numbers are summed up in one line', async () => {
    lines.length = 0;
    let bytes = 0;
    for (let count = 0; count < 5; count += 1) telemetry.rejected(REFUSED, () => `it has ${(bytes += 1)} bytes more`);
    await telemetry.onApplicationShutdown();

    expect(lines).toEqual([
      expect.stringMatching(/^Rejected .* 1 bytes more$/),
      expect.stringMatching(/^4 more .* 5 bytes more$/),
    ]);
  });

  it('that are under way are written before the application ends', async () => {
    lines.length = 0;
    telemetry.rejected(REFUSED, async () => {
      await setImmediate();
      return 'late';
    });
    await telemetry.onApplicationShutdown();

    expect(lines).toEqual([expect.stringMatching(/late$/)]);
  });
});

describe('a refusal at a level that is not logged', () => {
  afterEach(() => {
    Logger.overrideLogger(['log', 'error', 'warn']);
  });

  it.each([
    ['is not diagnosed', ['error'], 0],
    ['is diagnosed if it is', ['error', 'warn'], 1],
  ] as const)('%s', async (_, levels, times) => {
    jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    Logger.overrideLogger([...levels]);
    const diagnose = jest.fn(() => undefined);

    new CallbackTelemetry().rejected(REFUSED, diagnose);
    await setImmediate();

    expect(diagnose).toHaveBeenCalledTimes(times);
    jest.restoreAllMocks();
  });
});

describe('a refusal with a secret provider', () => {
  const asked: string[] = [];
  const secretProvider: SignatureSecretProvider = {
    secretsFor: ({ kind }) => {
      asked.push(kind);
      return kind === 'archive' ? SECRET : SESSION_SECRET;
    },
  };
  const running = useApplication({ options: { secretProvider } });

  it('asks it for no other kind, and goes by what it has answered already', async () => {
    const { logs } = running();

    await running().post('/callbacks/archive', signed(PAYLOADS.archive, { secret: SESSION_SECRET }));
    await until(() => logs.of('warn').length > 0);
    expect(asked).toEqual(['archive']);
    expect(logs.of('warn').join()).toContain('It matches no secret of another kind either');
  });
});
