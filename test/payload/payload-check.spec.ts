import { describe, expect, it } from '@jest/globals';
import { PayloadCheck } from '../../lib/payload/payload-check.js';
import { RawBodyReader } from '../../lib/payload/raw-body.reader.js';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { CallbackVerifier } from '../../lib/verification/callback-verifier.js';
import { Arrivals, verifiedToken } from '../delivery/arrivals.js';
import { arrivingRequest, contextOf } from '../support/arriving-request.js';
import { PAYLOADS } from '../support/payloads.js';
import { nowInSeconds, sha256 } from '../support/signer.js';

const BODY = JSON.stringify(PAYLOADS.archive);

/** A genuine callback whose body was read, as the platform has it. */
function genuine(body: string, platform: Readonly<Record<string, unknown>> = {}) {
  const message = Object.assign(arrivingRequest('/video/archives', {}), platform);
  const request = CallbackRequest.of(contextOf(message));
  request.reading = { state: 'complete', bytes: Buffer.from(body) };
  const claims = { iat: nowInSeconds(), jti: 'token-1', iss: 'Vonage', payload_hash: sha256(body) } as const;
  request.admit(verifiedToken({ claims }));
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

  it('shows nothing of a payload that cannot be used, and keeps it only where there is a place for it', async () => {
    const { request, message } = genuine('{}');

    await expect(check.run(request)).rejects.toMatchObject({ name: 'InvalidPayloadException' });
    expect(observed.outcomes.unusable).toMatchObject([{ status: 400, isKept: false }]);
    expect([message.body, message.rawBody]).toEqual([undefined, undefined]);
  });
});
