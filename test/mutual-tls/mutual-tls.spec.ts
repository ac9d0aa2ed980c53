import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type SecureVersion } from 'node:tls';
import { type Platform, PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { AUTHORITY, CLIENT, EXPIRED_CLIENT, OTHER_CLIENT, SERVER } from './certificates.js';
import { postOverTls } from './tls-client.js';

function startTlsApplication(platform: Platform, tls: { rejectUnauthorized: boolean }): Promise<RunningApplication> {
  const httpsOptions = { ...SERVER, ca: AUTHORITY, requestCert: true, ...tls };
  return startApplication({
    platform,
    options: { requireClientCertificate: true },
    ...(platform === 'express' ? { nest: { httpsOptions } } : { adapter: new FastifyAdapter({ https: httpsOptions }) }),
  });
}

const archive = () => signed(PAYLOADS.archive);
const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];

describe.each(PLATFORMS)('with requireClientCertificate on %s, where TLS lets every client in,', (platform) => {
  let running: RunningApplication;

  beforeAll(async () => {
    running = await startTlsApplication(platform, { rejectUnauthorized: false });
  });
  afterAll(() => running.close());
  afterEach(() => {
    takeHandled();
  });

  it.each(VERSIONS)('a callback with a certificate of the authority is accepted (%s)', async (version) => {
    const answer = await postOverTls(running.port, archive(), { identity: CLIENT, version });

    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(takeHandled()).toHaveLength(1);
  });

  it.each([
    ['no certificate', undefined, 'client_certificate_missing'],
    ['a certificate of another authority', OTHER_CLIENT, 'client_certificate_untrusted'],
    ['an expired certificate', EXPIRED_CLIENT, 'client_certificate_untrusted'],
  ])('a callback with %s is refused, in TLS 1.2 and 1.3', async (_, identity, reason) => {
    for (const version of VERSIONS) {
      const answer = await postOverTls(running.port, archive(), { identity, version });

      expect(answer).toMatchObject({ status: 401, text: '{"message":"Unauthorized","statusCode":401}' });
      expect(running.observed.outcomes.rejected.splice(0)).toMatchObject([{ reason }]);
    }
    expect(takeHandled()).toEqual([]);
  });

  it('a callback with a certificate of the authority but a wrong signature is refused', async () => {
    const forged = signed(PAYLOADS.archive, { secret: 'another secret' });

    const answer = await postOverTls(running.port, forged, { identity: CLIENT });

    expect(answer.status).toBe(401);
    expect(running.observed.lastReason).toBe('signature_mismatch');
  });

  it.each(VERSIONS)('a resumed session that began without a certificate is refused again (%s)', async (version) => {
    const { session } = await postOverTls(running.port, archive(), { version });

    const answer = await postOverTls(running.port, archive(), { session, version });

    expect(answer).toMatchObject({ resumed: true, status: 401 });
    expect(running.observed.lastReason).toBe('client_certificate_missing');
    expect(takeHandled()).toEqual([]);
  });

  it.each(VERSIONS)(
    'a resumed session that began with an untrusted certificate is refused again (%s)',
    async (version) => {
      const { session } = await postOverTls(running.port, archive(), { identity: OTHER_CLIENT, version });

      const answer = await postOverTls(running.port, archive(), { identity: OTHER_CLIENT, session, version });

      expect(answer).toMatchObject({ resumed: true, status: 401 });
      expect(running.observed.lastReason).toBe('client_certificate_untrusted');
      expect(takeHandled()).toEqual([]);
    },
  );

  it.each(VERSIONS)('a resumed session that began with the right certificate is accepted (%s)', async (version) => {
    const { session } = await postOverTls(running.port, archive(), { identity: CLIENT, version });

    const answer = await postOverTls(running.port, archive(), { identity: CLIENT, session, version });

    expect(answer).toMatchObject({ resumed: true, status: 204 });
    expect(takeHandled()).toHaveLength(2);
  });
});

describe.each(PLATFORMS)('with requireClientCertificate on %s, where TLS refuses strangers itself,', (platform) => {
  let running: RunningApplication;

  beforeAll(async () => {
    running = await startTlsApplication(platform, { rejectUnauthorized: true });
  });
  afterAll(() => running.close());
  afterEach(() => {
    takeHandled();
  });

  it('a callback with a certificate of the authority is accepted', async () => {
    expect(await postOverTls(running.port, archive(), { identity: CLIENT })).toMatchObject({ status: 204 });
    expect(takeHandled()).toHaveLength(1);
  });

  it.each([
    ['no certificate', undefined],
    ['a certificate of another authority', OTHER_CLIENT],
    ['an expired certificate', EXPIRED_CLIENT],
  ])('a client with %s gets no connection', async (_, identity) => {
    await expect(postOverTls(running.port, archive(), { identity })).rejects.toMatchObject({
      code: expect.stringMatching(/^(ERR_SSL_|ECONNRESET$|EPIPE$)/),
    });
    expect(takeHandled()).toEqual([]);
    expect(running.observed.outcomes.rejected).toEqual([]);
  });
});

describe.each(PLATFORMS)('without requireClientCertificate on %s,', (platform) => {
  it('a callback over TLS needs no certificate', async () => {
    const httpsOptions = { ...SERVER };
    const running = await startApplication({
      platform,
      ...(platform === 'express'
        ? { nest: { httpsOptions } }
        : { adapter: new FastifyAdapter({ https: httpsOptions }) }),
    });
    try {
      expect(await postOverTls(running.port, archive())).toMatchObject({ status: 204 });
    } finally {
      await running.close();
      takeHandled();
    }
  });
});
