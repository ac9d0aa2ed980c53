import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { VIDEO_CALLBACK_KINDS } from '../../lib/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { useStoppedDate } from '../support/clock.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { expectAccepted, expectRefused } from '../support/verdict.js';
import { VECTOR } from '../verification/vector.js';

describe.each(PLATFORMS)('a genuine callback on %s', (platform) => {
  let running: RunningApplication;

  beforeAll(async () => {
    running = await startApplication({ platform });
  });
  afterAll(() => running.close());
  beforeEach(() => {
    takeHandled();
  });

  it.each(VIDEO_CALLBACK_KINDS)('of the kind %s reaches its method as a DTO and is answered 204', async (kind) => {
    const answer = await running.post(
      `/callbacks/${kind}`,
      signed(PAYLOADS[kind], { claims: { jti: `id-of-${kind}` } }),
    );

    expect(answer).toMatchObject({ status: 204, text: '' });
    const [call, ...others] = takeHandled();
    expect(others).toEqual([]);
    expect(call).toMatchObject({ kind, callback: PAYLOADS[kind], claims: { jti: `id-of-${kind}`, iss: 'Vonage' } });
    expect(call?.raw).toEqual(PAYLOADS[kind]);
    expect(running.observed.outcomes.accepted.at(-1)).toMatchObject({ kind, projectId: '12345678', secretPosition: 0 });
  });

  it('with a wrong signature is answered 401 and does not reach its method', async () => {
    const answer = await running.post('/callbacks/archive', signed(PAYLOADS.archive, { secret: 'another secret' }));

    expect(answer).toMatchObject({ status: 401, text: '{"message":"Unauthorized","statusCode":401}' });
    expect(takeHandled()).toEqual([]);
    expect(running.observed.lastReason).toBe('signature_mismatch');
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
