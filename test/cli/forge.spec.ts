import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, type ExecutionContext, HttpException, Post } from '@nestjs/common';
import { SessionCallback, SipCallback, VIDEO_CALLBACK_KINDS, VideoCallback } from '../../lib/index.js';
import { PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PROJECT, SECRET } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { careless, type Carelessness } from './support/careless.js';
import { startEndpoint } from './support/endpoint.js';
import { errorLine, runCommand } from './support/run-command.js';

const OTHER = 'the-secret-of-the-session-kind!!';
const ENV = { VIDEO_SIGNATURE_SECRET: SECRET };

describe.each(PLATFORMS)('send --forge to an application on %s', (platform) => {
  const application = useApplication({ platform });
  const forge = (kind: string, env: Record<string, string>, ...options: readonly string[]) => {
    const url = `${application().url}/callbacks/{kind}`;
    return runCommand(['send', url, '--kind', kind, '--forge', '--strict', '--api-key', PROJECT, ...options], { env });
  };

  // What Fastify could change does not depend on the kind.
  it.each(platform === 'express' ? VIDEO_CALLBACK_KINDS : ['archive'])(
    'finds that all of it is refused: %s',
    async (kind) => {
      const ended = await forge(kind, ENV);
      expect(ended).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/All were refused\.\n$/) });
      expect(ended.stdout).not.toMatch(/✗|!/);
      // The genuine ones, before and after.
      expect(takeHandled()).toHaveLength(2);
    },
  );

  it('tries every request, with the secret of another kind if that is known', async () => {
    const env = { ARCHIVE_SIGNATURE_SECRET: SECRET, SESSION_SIGNATURE_SECRET: OTHER };
    const ended = await forge('archive', env, '--event', 'available', '--json');
    const report = JSON.parse(ended.stdout) as { requests: { id: string; title: string; outcome: string }[] };
    expect(report).toMatchObject({ passed: true, kind: 'archive', event: 'available', faults: [], advice: [] });
    expect(report.requests).toHaveLength(67);
    expect(report.requests.map(({ id }) => id)).toContain('other_kind');
    expect(new Set(report.requests.map(({ id }) => id)).size).toBe(67);
    expect(new Set(report.requests.map(({ title }) => title)).size).toBe(67);
    expect(new Set(report.requests.map(({ outcome }) => outcome))).toEqual(new Set(['refused']));
  });
});

@Controller()
class CallsController {
  @Post('calls')
  onCall(@VideoCallback(['session', 'sip']) { event }: SessionCallback | SipCallback): string {
    return event;
  }
}

describe('send --forge to a method that takes session and sip callbacks', () => {
  const application = useApplication({
    platform: 'express',
    controllers: [CallsController],
    options: { projects: { [PROJECT]: { session: OTHER, sip: SECRET, archive: 'the-secret-of-the-archive-kind!!' } } },
  });

  it.each([
    ['with the session secret only', {}, 66],
    ['with an archive secret too', { ARCHIVE_SIGNATURE_SECRET: 'the-secret-of-the-archive-kind!!' }, 67],
  ])('finds no fault, %s', async (_, more, requests) => {
    const env = { SESSION_SIGNATURE_SECRET: OTHER, SIP_SIGNATURE_SECRET: SECRET, ...more };
    const argv = ['send', `${application().url}/calls`, '--kind', 'sip', '--forge', '--api-key', PROJECT, '--json'];
    const ended = await runCommand(argv, { env });
    const report = JSON.parse(ended.stdout) as { requests: unknown[] };
    expect(report).toMatchObject({ passed: true, faults: [] });
    expect(report.requests).toHaveLength(requests);
  });
});

describe('send --forge reports that it shows nothing', () => {
  const forge = (url: string) =>
    runCommand(['send', url, '--kind', 'archive', '--forge', '--api-key', PROJECT, '--json'], { env: ENV });

  it.each([401, 404, 500])('where genuine callbacks are answered with %d', async (status) => {
    const endpoint = await startEndpoint(() => status);
    try {
      const ended = await forge(endpoint.url);
      expect(errorLine(ended)).toContain(
        `A genuine callback is not accepted (${status}), so that refusals show nothing`,
      );
      expect(ended.code).toBe(2);
      expect(endpoint.seen).toHaveLength(1);
    } finally {
      await endpoint.close();
    }
  });

  it('where no server listens', async () => {
    const ended = await forge('http://127.0.0.1:9/');
    expect(errorLine(ended)).toMatch(/127\.0\.0\.1:9 cannot be reached: E/);
    expect(ended.code).toBe(2);
  });

  it('where genuine callbacks are refused after a while', async () => {
    let left = 10;
    const endpoint = await startEndpoint(() => ((left -= 1) === 9 ? 204 : 401));
    try {
      const ended = await forge(endpoint.url);
      expect(errorLine(ended)).toContain('After the hostile requests a genuine callback is not accepted (401)');
      expect(ended.code).toBe(2);
    } finally {
      await endpoint.close();
    }
  });
});

interface Report {
  readonly passed: boolean;
  readonly faults: readonly { readonly id: string; readonly title: string; readonly requests: readonly string[] }[];
  readonly advice: Report['faults'];
}

async function forgeAt(answer: Parameters<typeof startEndpoint>[0], ...options: readonly string[]) {
  const endpoint = await startEndpoint(answer);
  try {
    const argv = ['send', endpoint.url, '--kind', 'archive', '--forge', '--api-key', '12345678', ...options];
    return await runCommand(argv, { env: { ARCHIVE_SIGNATURE_SECRET: SECRET, SESSION_SIGNATURE_SECRET: OTHER } });
  } finally {
    await endpoint.close();
  }
}

describe('send --forge finds and names what an endpoint gets wrong:', () => {
  it.each<[carelessness: Carelessness, faults: Readonly<Record<string, readonly string[]>>]>([
    [
      { hash: false },
      { payload_not_verified: ['payload_changed', 'payload_replaced'], payload_hash_optional: ['hash_missing'] },
    ],
    [{ hashRequired: false }, { payload_hash_optional: ['hash_missing', 'hash_null', 'hash_empty'] }],
    [
      { algorithm: false },
      {
        algorithm_not_pinned: [
          'alg_none',
          'alg_None',
          'alg_NONE',
          'alg_nOnE',
          'alg_none_signed',
          'alg_HS384',
          'alg_HS512',
        ],
      },
    ],
    [
      { age: false },
      {
        age_not_limited: ['issued_26_hours_ago', 'issued_never'],
        future_accepted: ['issued_in_future', 'issued_in_milliseconds'],
      },
    ],
    [
      { signature: false },
      {
        signature_not_verified: ['wrong_secret', 'signature_changed', 'signature_empty'],
        algorithm_not_pinned: ['alg_none'],
        secret_guessable: ['empty_secret'],
        kinds_not_separated: ['other_kind'],
      },
    ],
    [{ issuer: false }, { issuer_not_checked: ['other_issuer', 'no_issuer'] }],
    [{ token: false }, { token_not_required: ['no_token', 'empty_authorization', 'empty_token'] }],
    [
      { malformed: false },
      { request_unhandled: ['garbage_token', 'header_not_json', 'claims_not_json', 'body_not_json'] },
    ],
    [{ secrets: ['undefined'] }, { secret_guessable: ['secret_undefined'] }],
    [{ secrets: [''] }, { secret_guessable: ['empty_secret'] }],
    [{ secrets: [OTHER] }, { kinds_not_separated: ['other_kind'] }],
    [{ header: false }, { token_in_query_accepted: ['token_in_query'] }],
  ])('%j', async (carelessness, faults) => {
    const ended = await forgeAt(careless(carelessness), '--json');
    const report = JSON.parse(ended.stdout) as Report;

    expect(ended).toMatchObject({ code: 1, stderr: '' });
    expect(report.passed).toBe(false);
    const found = Object.fromEntries(report.faults.map(({ id, requests }) => [id, requests]));
    for (const [id, requests] of Object.entries(faults))
      expect(found[id]).toEqual(expect.arrayContaining([...requests]));
    const others = Object.keys(found).filter((id) => !Object.hasOwn(faults, id));
    // Whoever accepts everything without a token accepts it where the token is in the wrong place, too.
    expect(others).toEqual(carelessness.token === false ? ['token_in_query_accepted'] : []);
  });

  it('an endpoint that is not careless has no fault', async () => {
    const report = JSON.parse((await forgeAt(careless({}), '--strict', '--json')).stdout) as Report;
    expect(report).toMatchObject({ passed: true, faults: [], advice: [] });
  });

  it('an endpoint that asks for unsigned callbacks again, signed, has no fault', async () => {
    const strict = careless({});
    const asksAgain = (seen: Parameters<typeof strict>[0]): number =>
      seen.request.headers.authorization === undefined ? 503 : strict(seen);
    const report = JSON.parse((await forgeAt(asksAgain, '--strict', '--json')).stdout) as Report;
    expect(report).toMatchObject({ passed: true, faults: [], advice: [] });
  });

  it('an endpoint that accepts everything has every fault but unclear answers', async () => {
    const ended = await forgeAt(() => 204);
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    expect(ended.stdout).toMatch(/✗ ACCEPTED {2}204 {2}a genuine token, one byte of the body changed/);
    expect(ended.stdout).toContain('payload_not_verified: the body is not compared with payload_hash');
    expect(ended.stdout).toContain('algorithm_not_pinned: the algorithm is not pinned to HS256');
    expect(ended.stdout).toContain('age_not_limited: there is no age limit');
    expect(ended.stdout).toMatch(/Faults:[^]*Advice:[^]*method_not_checked/);
    expect(ended.stdout).toMatch(/67 hostile requests to \S+, 0 refused\./);
  });

  it.each([
    [{ userAgent: false }, 'user_agent_not_checked', 'other_user_agent'],
    [{ bytes: false }, 'body_reprinted', 'payload_reprinted'],
  ] as const)('but gives advice only where it does no harm: %j', async (carelessness, id, request) => {
    const ended = await forgeAt(careless(carelessness));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain(`Advice:\n  ${id}: `);
    expect(ended.stdout).toContain('No fault was found. With --strict, the advice counts too.');
    const strict = await forgeAt(careless(carelessness), '--strict', '--json');
    expect(strict.code).toBe(1);
    expect(JSON.parse(strict.stdout)).toMatchObject({
      passed: false,
      faults: [],
      advice: [{ id, requests: [request] }],
    });
  });

  it.each([
    [429, 'UNCLEAR   429'],
    [302, 'UNCLEAR   302'],
    [0, 'UNCLEAR   ECONNRESET'],
    [503, 'ERROR     503'],
  ])('does not take %d for a refusal', async (status, line) => {
    const endpoint = careless({});
    const ended = await forgeAt((seen) => (seen.method === 'PUT' ? status : endpoint(seen)));
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain(`✗ ${line}`);
    expect(ended.stdout).toMatch(status === 503 ? /Faults:\n {2}request_unhandled/ : /Faults:\n {2}answer_unclear/);
  });
});

const EXEMPT = "Exempt the route with the decorators of your application, for example @VideoCallback('archive', ";

interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

describe.each(PLATFORMS)('send to an application on %s', (platform) => {
  let refusal: Refusal | undefined;
  const canActivate = (context: ExecutionContext): boolean => {
    if (refusal === undefined) return true;
    const response = context.switchToHttp().getResponse<{ header(name: string, value: string): unknown }>();
    for (const [name, value] of Object.entries(refusal.headers ?? {})) response.header(name, value);
    throw new HttpException('Refused by a guard', refusal.status);
  };
  const application = useApplication({ platform, configure: (app) => void app.useGlobalGuards({ canActivate }) });
  afterEach(() => {
    refusal = undefined;
  });
  const send = (secret: string, ...options: readonly string[]) => {
    const argv = ['send', `${application().url}/callbacks/archive`, '--kind', 'archive', '--api-key', PROJECT];
    return runCommand([...argv, ...options], { env: { VIDEO_SIGNATURE_SECRET: secret } });
  };

  it.each<[refusal: Refusal, hint: string]>([
    [{ status: 403 }, 'The module never answers 403: a guard, the handler or a proxy did. '],
    [{ status: 429 }, 'The module never answers 429: a throttler or a proxy did. '],
    [
      { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } },
      'The module does not answer 401 like this: a guard or a proxy did. ',
    ],
  ])('hints that %j is the answer of another guard', async (given, hint) => {
    refusal = given;
    const ended = await send(SECRET, '--event', 'available', '--copies', '2');
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    // Once, below the deliveries.
    expect(ended.stdout.split(hint + EXEMPT)).toHaveLength(2);
    expect(errorLine(await send(SECRET, '--forge'))).toContain(hint + EXEMPT);
  });

  it('hints that a plain 401 is the answer of the module or of a guard, as the log says', async () => {
    const ended = await send('another-secret', '--event', 'available', '--json');
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      deliveries: [
        {
          status: 401,
          hint: expect.stringMatching(/^The application's log says why .* If it has no line about it, a guard/),
        },
      ],
    });
  });

  it('says nothing more where a callback is accepted', async () => {
    const ended = await send(SECRET, '--event', 'available');
    expect(ended.stdout).toMatch(/^✓ 204[^\n]*\n$/);
  });
});

describe('send', () => {
  it.each([
    [301, '301 is a redirect, which is not followed'],
    [404, undefined],
    [500, undefined],
  ])('hints at an answer of %d: %j', async (status, hint) => {
    const endpoint = await startEndpoint(() => status);
    try {
      const argv = ['send', endpoint.url, '--kind', 'sip', '--event', 'callCreated', '--api-key', '1', '--json'];
      const ended = await runCommand(argv, { env: { VIDEO_SIGNATURE_SECRET: SECRET } });
      const { deliveries } = JSON.parse(ended.stdout) as { deliveries: readonly { hint?: string }[] };
      expect(deliveries).toHaveLength(1);
      expect(deliveries[0]?.hint).toEqual(hint === undefined ? undefined : expect.stringContaining(hint));
    } finally {
      await endpoint.close();
    }
  });
});
