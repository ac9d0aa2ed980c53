import { Controller, Post } from '@nestjs/common';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  ArchiveCallback,
  CallbackVerifier,
  type RejectionReason,
  SipCallback,
  VIDEO_CALLBACK_KINDS,
  VideoCallback,
} from '../../lib/index.js';
import { storedCallback, verifiedToken } from '../delivery/arrivals.js';
import { PLATFORMS, startApplication } from '../support/application.js';
import { useStoppedDate } from '../support/clock.js';
import { takeHandled } from '../support/kinds.controller.js';
import { useOwnLogWindows } from '../support/log-windows.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { PAYLOADS } from '../support/payloads.js';
import { exchange, type RawRequest } from '../support/raw-http.js';
import { signed, type SigningOptions } from '../support/signer.js';
import { behindProxy, useApplication } from '../support/use-application.js';
import { ARCHIVES, expectAccepted, expectRefused, undated } from '../support/verdict.js';
import { VECTOR } from '../verification/vector.js';

beforeEach(() => {
  takeHandled();
});

describe.each(PLATFORMS)('a callback on %s', (platform) => {
  const running = useApplication({ platform });

  it.each(VIDEO_CALLBACK_KINDS)('of the kind %s reaches its method as a DTO and is answered 204', async (kind) => {
    const answer = await running().post(
      `/callbacks/${kind}`,
      signed(PAYLOADS[kind], { claims: { jti: `id-of-${kind}` } }),
    );

    expect(answer).toMatchObject({ status: 204, text: '' });
    const [call, ...others] = takeHandled();
    expect(others).toEqual([]);
    expect(call).toMatchObject({ kind, callback: PAYLOADS[kind], claims: { jti: `id-of-${kind}`, iss: 'Vonage' } });
    expect(call?.raw).toEqual(PAYLOADS[kind]);
    expect(running().observed.outcomes.accepted.at(-1)).toMatchObject({
      kind,
      projectId: '12345678',
      secretPosition: 0,
    });
  });

  it('with a wrong signature is answered 401 and does not reach its method', async () => {
    const answer = await running().post('/callbacks/archive', signed(PAYLOADS.archive, { secret: 'another secret' }));

    expect(answer).toMatchObject({ status: 401, text: '{"message":"Unauthorized","statusCode":401}' });
    expect(takeHandled()).toEqual([]);
    expect(running().observed.lastReason).toBe('signature_mismatch');
  });
});

describe.each(PLATFORMS)('a callback whose verification fails unexpectedly on %s', (platform) => {
  const running = useApplication({ platform });

  it('is answered 500, reaches no method and is reported', async () => {
    jest.spyOn(CallbackVerifier.prototype, 'verifySignature').mockRejectedValueOnce(new TypeError('a bug'));
    const answer = await running().post(ARCHIVES, signed(PAYLOADS.archive));

    expect(answer).toMatchObject({ status: 500, text: '{"message":"Internal Server Error","statusCode":500}' });
    expect(takeHandled()).toEqual([]);
    expect(running().observed.outcomes.unavailable).toMatchObject([
      { kind: 'archive', dependency: 'unknown', error: { name: 'TypeError' } },
    ]);
  });
});

describe('a stored callback at whose URL a method of another kind is now', () => {
  const called: string[] = [];

  @Controller('video')
  class CallsController {
    @Post('calls')
    onCall(@VideoCallback('sip') call: SipCallback): void {
      called.push(call.event);
    }
  }

  @Controller('moved/video')
  class ArchivesController {
    @Post('calls')
    onArchive(@VideoCallback('archive') archive: ArchiveCallback): void {
      called.push(archive.id);
    }
  }

  it('does not reach that method, and the failure has the cause', async () => {
    const inbox = new MemoryInbox();
    const running = await startApplication({ controllers: [CallsController, ArchivesController], options: { inbox } });
    const request = { url: '/moved/video/calls', headers: {}, remoteAddress: '127.0.0.1' };
    try {
      const delivered = inbox.deliver(storedCallback({ token: verifiedToken({ kind: 'sip' }), request }), {
        attempt: 1,
        of: 1,
      });
      await expect(delivered).rejects.toMatchObject({
        message: expect.stringMatching(/^answered 500: the method did not complete/),
        cause: { message: 'ArchivesController.onArchive takes archive callbacks, the stored one is of sip.' },
      });
      expect(called).toEqual([]);
    } finally {
      await running.close();
    }
  });
});

describe.each(PLATFORMS)('the test vector of the protocol over HTTP on %s', (platform) => {
  const { headers, secret, body, claims, issuedAt } = VECTOR;
  const running = useApplication({ platform, options: { projects: { '12345678': secret } } });
  const stopDateAt = useStoppedDate();
  const request = { headers, body: Buffer.from(body) };

  it('reaches its method', async () => {
    stopDateAt(issuedAt + 86_400);

    expect(await expectAccepted(running(), request, '/callbacks/session')).toMatchObject({
      kind: 'session',
      callback: JSON.parse(body) as unknown,
      claims,
    });
    expect(running().observed.outcomes.accepted.at(-1)).toMatchObject({ age: 86_400, jti: claims.jti });
  });

  it('is too old today', () => expectRefused(running(), request, 'token_too_old', '/callbacks/session'));
});

const unsigned = (body: unknown = PAYLOADS.archive, headers: SigningOptions['headers'] = {}) =>
  signed(body, { headers: { authorization: undefined, ...headers } });

const UNAVAILABLE = '{"message":"Service Unavailable","statusCode":503}';

describe.each(PLATFORMS)('an unsigned callback on %s', (platform) => {
  useOwnLogWindows();
  describe("with unsigned: 'retry'", () => {
    const running = useApplication({
      ...behindProxy(platform),
      options: { unsigned: 'retry', allowedAddresses: ['127.0.0.1'] },
    });
    const answerTo = async (request: RawRequest, path = ARCHIVES) =>
      undated(await exchange(running().port, path, request));

    it('is answered 503, reaches no method and is reported', async () => {
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

    it('gets the same answer whatever the route, the kind and the body', async () => {
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
    ])('is answered 401 where it is refused as %s', async (reason, request) => {
      expect(await answerTo(request)).toMatchObject({ status: 401 });
      expect(running().observed.lastReason).toBe(reason);
    });

    it('has a signed copy, which is accepted', async () => {
      await answerTo(unsigned());
      await expectAccepted(running(), signed(PAYLOADS.archive));
    });
  });

  describe.each([{}, { unsigned: 'reject' } as const])('with %j', (options) => {
    const running = useApplication({ platform, options });

    it('is answered 401', async () => {
      expect(await exchange(running().port, ARCHIVES, unsigned())).toMatchObject({ status: 401 });
      expect(running().observed.outcomes.rejected.at(-1)?.explanation).not.toContain('503');
    });
  });
});
