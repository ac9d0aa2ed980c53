import { describe, expect, it } from '@jest/globals';
import { SECRET } from '../support/signer.js';
import { careless, type Carelessness } from './support/careless.js';
import { startEndpoint } from './support/endpoint.js';
import { runCommand } from './support/run-command.js';

const OTHER = 'the-secret-of-the-session-kind!!';

interface Report {
  readonly passed: boolean;
  readonly faults: readonly { readonly id: string; readonly title: string; readonly requests: readonly string[] }[];
  readonly advice: Report['faults'];
}

async function forge(answer: Parameters<typeof startEndpoint>[0], ...options: readonly string[]) {
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
    const ended = await forge(careless(carelessness), '--json');
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
    const report = JSON.parse((await forge(careless({}), '--strict', '--json')).stdout) as Report;
    expect(report).toMatchObject({ passed: true, faults: [], advice: [] });
  });

  it('an endpoint that asks for unsigned callbacks again, signed, has no fault', async () => {
    const strict = careless({});
    const asksAgain = (seen: Parameters<typeof strict>[0]): number =>
      seen.request.headers.authorization === undefined ? 503 : strict(seen);
    const report = JSON.parse((await forge(asksAgain, '--strict', '--json')).stdout) as Report;
    expect(report).toMatchObject({ passed: true, faults: [], advice: [] });
  });

  it('an endpoint that accepts everything has every fault but unclear answers', async () => {
    const ended = await forge(() => 204);
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
    const ended = await forge(careless(carelessness));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain(`Advice:\n  ${id}: `);
    expect(ended.stdout).toContain('No fault was found. With --strict, the advice counts too.');
    const strict = await forge(careless(carelessness), '--strict', '--json');
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
    const ended = await forge((seen) => (seen.method === 'PUT' ? status : endpoint(seen)));
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain(`✗ ${line}`);
    expect(ended.stdout).toMatch(status === 503 ? /Faults:\n {2}request_unhandled/ : /Faults:\n {2}answer_unclear/);
  });
});
