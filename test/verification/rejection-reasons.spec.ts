import { All, Controller } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { REJECTION_REASONS, type RejectionReason, VideoCallback } from '../../lib/index.js';
import { useOwnLogWindows } from '../support/log-windows.js';
import { PLATFORMS } from '../support/application.js';
import { until } from '../support/until.js';
import { exchange, type RawRequest } from '../support/raw-http.js';
import { nowInSeconds, signed, type SigningOptions } from '../support/signer.js';
import { behindProxy, useApplication } from '../support/use-application.js';
import { undated } from '../support/verdict.js';
import { authorized, BODY } from './tokens.js';

/** These need an HTTPS server that asks for certificates. */
const ELSEWHERE = [
  'client_certificate_missing',
  'client_certificate_untrusted',
  'client_certificate_mismatch',
] as const;

type Reason = Exclude<RejectionReason, (typeof ELSEWHERE)[number]>;

const archive = (options: SigningOptions): RawRequest => signed(BODY, options);
const withClaims = (claims: SigningOptions['claims'] & object): RawRequest => archive({ claims });

/** One request for each reason; without it the request is accepted. */
const EXAMPLES: Readonly<Record<Reason, () => RawRequest>> = {
  method_not_allowed: () => ({ method: 'PUT', ...archive({}) }),
  user_agent_mismatch: () => archive({ headers: { 'user-agent': 'curl/8' } }),
  address_not_allowed: () => archive({ headers: { 'x-forwarded-for': '192.0.2.1' } }),
  authorization_missing: () => authorized(undefined),
  authorization_repeated: () => authorized(['Bearer a', 'Bearer b']),
  authorization_malformed: () => authorized('Basic eDp5'),
  token_too_long: () => authorized(`Bearer ${'a'.repeat(8193)}`),
  token_malformed: () => authorized('Bearer a.b.c'),
  algorithm_not_allowed: () => archive({ header: { alg: 'none' } }),
  critical_header_unsupported: () => archive({ header: { crit: ['exp'] } }),
  project_missing: () => withClaims({ api_key: undefined }),
  project_unknown: () => withClaims({ api_key: '1' }),
  signature_mismatch: () => archive({ secret: 'another' }),
  issuer_mismatch: () => withClaims({ iss: 'Somebody' }),
  issued_at_missing: () => withClaims({ iat: undefined }),
  issued_in_future: () => withClaims({ iat: nowInSeconds() + 3600 }),
  token_too_old: () => withClaims({ iat: 1 }),
  token_expired: () => withClaims({ exp: 1 }),
  token_not_yet_valid: () => withClaims({ nbf: nowInSeconds() + 3600 }),
  token_id_missing: () => withClaims({ jti: undefined }),
  payload_hash_missing: () => withClaims({ payload_hash: undefined }),
  payload_hash_mismatch: () => ({ ...archive({}), body: Buffer.from('{}') }),
};

const reasons = Object.keys(EXAMPLES) as Reason[];
let calls = 0;

@Controller()
class ArchiveController {
  @All('archives')
  @VideoCallback('archive')
  onArchive() {
    calls += 1;
  }
}

describe('the reasons of refusals', () => {
  it('are all shown here, but for those of TLS', () => {
    expect([...reasons, ...ELSEWHERE].sort()).toEqual([...REJECTION_REASONS].sort());
  });

  describe.each(PLATFORMS)('on %s', (platform) => {
    useOwnLogWindows();
    const running = useApplication({
      ...behindProxy(platform),
      controllers: [ArchiveController],
      options: { allowedAddresses: ['216.147.0.0/18'] },
    });

    const send = ({ headers, ...request }: RawRequest) =>
      exchange(running().port, '/archives', {
        ...request,
        headers: { 'x-forwarded-for': '216.147.1.1', ...headers },
      });

    it('do not apply to a genuine callback', async () => {
      calls = 0;
      expect((await send(archive({}))).status).toBe(204);
      expect(calls).toBe(1);
    });

    it('are reported to the operator, and the sender gets the same bytes for each', async () => {
      calls = 0;
      const answers = new Set<string>();
      for (const reason of reasons) {
        answers.add(JSON.stringify(undated(await send(EXAMPLES[reason]()))));
        expect(running().observed.lastReason).toBe(reason);
        await until(() =>
          running()
            .logs.of('warn')
            .some((line) => line.includes(`: ${reason}: `)),
        );
      }

      expect(running().observed.outcomes.rejected.map(({ reason }) => reason)).toEqual(reasons);
      expect([...answers]).toEqual([
        expect.stringContaining('{\\"message\\":\\"Unauthorized\\",\\"statusCode\\":401}'),
      ]);
      expect(calls).toBe(0);
    });
  });
});
