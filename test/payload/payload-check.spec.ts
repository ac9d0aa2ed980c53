import { describe, expect, it } from '@jest/globals';
import { PayloadCheck } from '../../lib/payload/payload-check.js';
import { RawBodyReader } from '../../lib/payload/raw-body.reader.js';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { type DeliveryAttempt } from '../../lib/request/redelivery.js';
import { CallbackVerifier, type VerifiedToken } from '../../lib/verification/callback-verifier.js';
import { Arrivals, verifiedToken } from '../delivery/arrivals.js';
import { arrivingRequest, contextOf } from '../support/arriving-request.js';
import { PAYLOADS } from '../support/payloads.js';
import { nowInSeconds, sha256 } from '../support/signer.js';

const BODY = JSON.stringify(PAYLOADS.archive);

/** A genuine callback whose body was read, as the platform has it. */
function genuine(
  body: string,
  platform: Readonly<Record<string, unknown>> = {},
  token: Partial<VerifiedToken> = {},
  attempt?: DeliveryAttempt,
) {
  const message = Object.assign(arrivingRequest('/video/archives', {}), platform);
  const request = CallbackRequest.of(contextOf(message));
  request.reading = { state: 'complete', bytes: Buffer.from(body) };
  const claims = { iat: nowInSeconds(), jti: 'token-1', iss: 'Vonage', payload_hash: sha256(body) } as const;
  request.admit(verifiedToken({ claims, ...token }), attempt);
  return { request, message: message as typeof message & { readonly body?: unknown; readonly rawBody?: unknown } };
}

describe('the check of a payload', () => {
  const { observed, telemetry } = new Arrivals();
  const reader = new RawBodyReader({ bodyLimit: 10_000, bodyTimeout: 1 }, () => [], telemetry);
  const check = new PayloadCheck(new CallbackVerifier({ keys: { keysFor: () => undefined } }), reader, telemetry);

  it('shows what was not shown before the sender was verified', async () => {
    const { request, message } = genuine(BODY);
    await check.run(request);

    expect(message.body).toBe(request.content.payload);
    expect(message.rawBody).toBe(request.content.rawBody);
    expect(Object.keys(message)).not.toContain('rawBody');
  });

  it('leaves what was shown before', async () => {
    const [body, rawBody] = [{ id: 'shown' }, Buffer.from('shown')];
    const { request, message } = genuine(BODY, { body, rawBody });
    await check.run(request);

    expect([message.body, message.rawBody]).toEqual([{ id: 'shown' }, rawBody]);
    expect(request.content.payload).toEqual(PAYLOADS.archive);
  });

  describe('of kinds that share the secret', () => {
    const shared: Partial<VerifiedToken> = {
      kind: 'session',
      secretPosition: 1,
      secretName: 'sessions',
      sharedWith: [{ kind: 'sip', secretPosition: 0 }],
    };
    const attempt = { attempt: 3, of: 40, firstReceivedAt: new Date(0) };

    it('leaves the one that the payload is of, with its own place in the list of secrets', async () => {
      const calls = genuine(JSON.stringify(PAYLOADS.sip), {}, shared, attempt).request;
      const { claims, projectId } = calls.token;
      await check.run(calls);

      expect(calls.token).toStrictEqual({ kind: 'sip', projectId, claims, secretPosition: 0 });
      expect(calls.attempt).toBe(attempt);

      const sessions = genuine(JSON.stringify(PAYLOADS.session), {}, shared).request;
      await check.run(sessions);
      expect(sessions.token).toMatchObject({ kind: 'session', secretPosition: 1, secretName: 'sessions' });
      expect(sessions.token).not.toHaveProperty('sharedWith');
    });

    it('refuses a payload that may be of either, and offers it to be kept', async () => {
      const { request } = genuine('{"event":"transferred","stream":{},"call":{}}', {}, shared);
      const kept: Buffer[] = [];

      await expect(check.run(request, (body) => Promise.resolve(kept.push(body) > 0))).rejects.toMatchObject({
        name: 'InvalidPayloadException',
      });
      expect(observed.outcomes.unusable.at(-1)).toMatchObject({
        status: 400,
        isKept: true,
        violations: [
          {
            path: '',
            message: 'session and sip callbacks have the same secret, and neither the event nor a field tells the kind',
          },
        ],
      });
      expect(kept.map(String)).toEqual(['{"event":"transferred","stream":{},"call":{}}']);
    });
  });

  it('takes a SIP event that was signed with the session secret for one, and keeps the place of that secret', async () => {
    const { request } = genuine(JSON.stringify(PAYLOADS.sip), {}, { kind: 'session', secretPosition: 2 });
    Object.defineProperty(request, 'kinds', { value: ['session', 'sip'] });
    await check.run(request);

    expect(request.token).toMatchObject({ kind: 'sip', secretPosition: 2 });
  });

  it('keeps the token of a kind that the secret identifies', async () => {
    const { request } = genuine(BODY);
    const { token } = request;
    await check.run(request);

    expect(request.token).toBe(token);
  });

  it('shows nothing of a payload that cannot be used, and keeps it only where there is a place for it', async () => {
    const { request, message } = genuine('{}');

    await expect(check.run(request)).rejects.toMatchObject({ name: 'InvalidPayloadException' });
    expect(observed.outcomes.unusable.at(-1)).toMatchObject({ status: 400, isKept: false });
    expect([message.body, message.rawBody]).toEqual([undefined, undefined]);
  });
});
