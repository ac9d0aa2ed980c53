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
  const message = Object.assign(arrivingRequest('/video/archives', { 'content-type': 'application/json' }), platform);
  const request = CallbackRequest.of(contextOf(message));
  request.reading = { state: 'complete', bytes: Buffer.from(body) };
  const claims = { iat: nowInSeconds(), jti: 'token-1', iss: 'Vonage', payload_hash: sha256(body) } as const;
  request.admit(verifiedToken({ claims, ...token }), attempt);
  return { request, message: message as typeof message & { readonly body?: unknown; readonly rawBody?: unknown } };
}

describe('PayloadCheck', () => {
  const { observed, telemetry } = new Arrivals();
  const reader = new RawBodyReader({ bodyLimit: 10_000, bodyTimeout: 1 }, () => [], telemetry);
  const check = new PayloadCheck(new CallbackVerifier({ keys: { keysFor: () => undefined } }), reader, telemetry);

  it('sets body and rawBody of a request that has none', async () => {
    const { request, message } = genuine(BODY);
    await check.run(request);

    expect(message.body).toBe(request.content.payload);
    expect(message.rawBody).toBe(request.content.rawBody);
    expect(Object.keys(message)).not.toContain('rawBody');
  });

  it('keeps a body and a rawBody that were set before', async () => {
    const [body, rawBody] = [{ id: 'shown' }, Buffer.from('shown')];
    const { request, message } = genuine(BODY, { body, rawBody });
    await check.run(request);

    expect([message.body, message.rawBody]).toEqual([{ id: 'shown' }, rawBody]);
    expect(request.content.payload).toEqual(PAYLOADS.archive);
  });

  describe('for kinds that share the secret', () => {
    const shared: Partial<VerifiedToken> = {
      kind: 'session',
      secretPosition: 1,
      secretName: 'sessions',
      sharedWith: [{ kind: 'sip', secretPosition: 0 }],
    };
    const attempt = { attempt: 3, of: 40, firstReceivedAt: new Date(0) };

    it('sets the kind of the payload, with its own place in the list of secrets', async () => {
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

    it('rejects a payload that may be of either, and offers it to be kept', async () => {
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

  it('accepts a SIP event that was signed with the session secret, and keeps the place of that secret', async () => {
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

  it('sets nothing of a payload that cannot be used, and keeps it only if it can', async () => {
    const { request, message } = genuine('{}');

    await expect(check.run(request)).rejects.toMatchObject({ name: 'InvalidPayloadException' });
    expect(observed.outcomes.unusable.at(-1)).toMatchObject({ status: 400, isKept: false });
    expect([message.body, message.rawBody]).toEqual([undefined, undefined]);
  });

  it.each<[state: 'aborted' | 'encoded' | 'too-large' | 'timed-out', status: number, name: string]>([
    ['aborted', 400, 'InvalidPayloadException'],
    ['timed-out', 408, 'RequestTimeoutException'],
    ['too-large', 413, 'PayloadTooLargeException'],
    ['encoded', 415, 'UnsupportedMediaTypeException'],
  ])('answers a body that is %s with %d, and reports it', async (state, status, name) => {
    const { request } = genuine(BODY);
    request.reading = { state };

    await expect(check.run(request)).rejects.toMatchObject({ name, status });
    expect(observed.outcomes.unusable.at(-1)).toMatchObject({ status, rawBody: undefined });
  });

  it('answers a body that something has read before with 500, and reports a failure', async () => {
    const { request } = genuine(BODY);
    request.reading = { state: 'consumed' };
    const reported = observed.outcomes.unusable.length;

    await expect(check.run(request)).rejects.toMatchObject({ name: 'InternalServerErrorException' });
    expect(observed.outcomes.failed.at(-1)).toMatchObject({ error: { name: 'RawBodyUnavailableError' } });
    expect(observed.outcomes.unusable).toHaveLength(reported);
  });

  describe('while the secrets of another kind of the route are unavailable', () => {
    const error = new Error('the vault is down');
    const archiveOrBroadcast = (payload: object) => {
      const { request } = genuine(JSON.stringify(payload));
      Object.defineProperty(request, 'kinds', { value: ['archive', 'broadcast'] });
      request.unavailableKeys = [{ kind: 'broadcast', error }];
      return request;
    };

    it('accepts a payload that is of the verified kind', async () => {
      const request = archiveOrBroadcast(PAYLOADS.archive);
      await check.run(request);

      expect(request.token.kind).toBe('archive');
    });

    it('answers one that may be of the other kind with 503, and reports why', async () => {
      const request = archiveOrBroadcast(PAYLOADS.broadcast);

      await expect(check.run(request)).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
      expect(observed.outcomes.unavailable).toMatchObject([{ kind: 'unknown', dependency: 'secrets', error }]);
    });
  });
});
