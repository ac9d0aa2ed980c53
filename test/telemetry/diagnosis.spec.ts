import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { type RejectedOutcome, type SignatureSecretProvider, VIDEO_CALLBACK_KINDS } from '../../lib/index.js';
import { PLATFORMS, type RunningApplication } from '../support/application.js';
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
  const running = useApplication({
    platform,
    options: { projects: { [PROJECT]: { ...OTHER_SECRETS, archive: SECRET, session: SESSION_SECRET } } },
  });

  it('names the kind whose secret made the signature', async () => {
    const line = await lineAfter(running(), signed(PAYLOADS.archive, { secret: SESSION_SECRET }));

    expect(line).toContain(
      'no archive secret of the project made this signature. It matches the secret configured for session',
    );
    expect(line).not.toContain(SESSION_SECRET);
  });

  it('says that no other secret made the signature either', async () => {
    expect(await lineAfter(running(), signed(PAYLOADS.archive, { secret: 'nobody-knows' }))).toContain(
      'It matches no secret of another kind either',
    );
  });

  it('is about a genuine callback of the other kind, whose answer is the same to the byte', async () => {
    const application = running();
    const other = await application.post('/callbacks/archive', signed(PAYLOADS.archive, { secret: SESSION_SECRET }));
    const forged = await application.post('/callbacks/archive', signed(PAYLOADS.archive, { secret: 'nobody-knows' }));

    expect([other.status, other.text]).toEqual([forged.status, forged.text]);
  });

  it.each([
    [
      'printed anew',
      JSON.stringify(PAYLOADS.archive, null, 2),
      're-serialised: it has 25 bytes more than the signed one',
    ],
    ['given a line end', `${COMPACT}\n`, 'it has 1 byte more than the signed one'],
    ['replaced', '{"id":"another"}', 'it is another body'],
    ['cut', COMPACT.slice(0, -5), 'not even JSON'],
  ])('says that the body was %s', async (_, body, found) => {
    const line = await lineAfter(running(), withBody(body));

    expect(line).toContain('something between Vonage and this process rewrites it (a proxy, a body parser)');
    expect(line.replace(/has \d\d bytes/, 'has 25 bytes')).toContain(found);
  });

  it.each([
    ['the User-Agent that was sent', 'curl/8.5', 'the User-Agent is "curl/8.5", not that of Vonage callbacks'],
    ['that there was none', undefined, 'there is no User-Agent, not that of Vonage callbacks'],
  ])('tells %s', async (_, userAgent, told) => {
    const line = await lineAfter(running(), signed(PAYLOADS.archive, { headers: { 'user-agent': userAgent } }));

    expect(line).toContain(`user_agent_mismatch: ${told}`);
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
