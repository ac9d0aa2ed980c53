import { beforeEach, describe, expect, it } from '@jest/globals';
import { type RejectionReason } from '../../lib/index.js';
import { PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { useOwnLogWindows } from '../support/log-windows.js';
import { PAYLOADS } from '../support/payloads.js';
import { exchange, type RawRequest } from '../support/raw-http.js';
import { signed, type SigningOptions } from '../support/signer.js';
import { behindProxy, useApplication } from '../support/use-application.js';
import { ARCHIVES, expectAccepted, undated } from '../support/verdict.js';

const unsigned = (body: unknown = PAYLOADS.archive, headers: SigningOptions['headers'] = {}) =>
  signed(body, { headers: { authorization: undefined, ...headers } });

const UNAVAILABLE = '{"message":"Service Unavailable","statusCode":503}';

describe.each(PLATFORMS)('SecureCallbackGuard on %s', (platform) => {
  useOwnLogWindows();
  beforeEach(() => {
    takeHandled();
  });

  describe("with unsigned: 'retry'", () => {
    const running = useApplication({
      ...behindProxy(platform),
      options: { unsigned: 'retry', allowedAddresses: ['127.0.0.1'] },
    });
    const answerTo = async (request: RawRequest, path = ARCHIVES) =>
      undated(await exchange(running().port, path, request));

    it('answers an unsigned callback 503, calls no method and tells the operator', async () => {
      expect(await answerTo(unsigned())).toMatchObject({ status: 503, body: UNAVAILABLE });

      expect(takeHandled()).toEqual([]);
      expect(running().observed.outcomes.rejected).toMatchObject([
        {
          reason: 'authorization_missing',
          projectId: undefined,
          explanation: expect.stringMatching(
            /^no Authorization header: .*; answered 503, so that Vonage sends it again/,
          ),
        },
      ]);
      expect(running().logs.of('warn').at(-1)).toContain('answered 503');
    });

    it('gives the same answer whatever the route, the kind and the body', async () => {
      const answer = await answerTo(unsigned());

      for (const body of [{ id: 'another' }, {}, [], { long: 'x'.repeat(20_000) }]) {
        expect(await answerTo(unsigned(body))).toEqual(answer);
      }
      for (const path of ['session', 'sip', 'captions']) {
        expect(await answerTo(unsigned(), `/callbacks/${path}`)).toEqual(answer);
      }
    });

    it.each<[RejectionReason, RawRequest]>([
      ['user_agent_mismatch', unsigned(PAYLOADS.archive, { 'user-agent': 'curl/8' })],
      ['address_not_allowed', unsigned(PAYLOADS.archive, { 'x-forwarded-for': '192.0.2.1' })],
      ['authorization_malformed', unsigned(PAYLOADS.archive, { authorization: '' })],
      ['authorization_malformed', unsigned(PAYLOADS.archive, { authorization: 'Basic eDp5' })],
      ['token_malformed', unsigned(PAYLOADS.archive, { authorization: 'Bearer x' })],
      ['signature_mismatch', signed(PAYLOADS.archive, { secret: 'another' })],
    ])('answers what is refused as %s with 401', async (reason, request) => {
      expect(await answerTo(request)).toMatchObject({ status: 401 });
      expect(running().observed.lastReason).toBe(reason);
    });

    it('accepts the signed copy', async () => {
      await answerTo(unsigned());
      await expectAccepted(running(), signed(PAYLOADS.archive));
    });
  });

  describe.each([{}, { unsigned: 'reject' } as const])('with %j', (options) => {
    const running = useApplication({ platform, options });

    it('answers an unsigned callback 401', async () => {
      expect(await exchange(running().port, ARCHIVES, unsigned())).toMatchObject({ status: 401 });
      expect(running().observed.outcomes.rejected.at(-1)?.explanation).not.toContain('503');
    });
  });
});
