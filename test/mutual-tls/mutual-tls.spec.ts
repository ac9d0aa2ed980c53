import { afterEach, describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type SecureVersion } from 'node:tls';
import { type ClientCertificateOptions, type VideoCallbacksOptions } from '../../lib/index.js';
import { type ApplicationSetup, type Platform, PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { behindProxy, useApplication } from '../support/use-application.js';
import { ARCHIVES, expectAccepted, expectRefused } from '../support/verdict.js';
import { AUTHORITY, CLIENT, EXPIRED_CLIENT, fingerprintOf, NEIGHBOUR, OTHER_CLIENT, SERVER } from './certificates.js';
import { postOverHttp2, postOverTls } from './tls-client.js';

const TLS = { ...SERVER, ca: AUTHORITY, requestCert: true, rejectUnauthorized: false };

function overTls(
  platform: Platform,
  requireClientCertificate: VideoCallbacksOptions['requireClientCertificate'],
  tls: object = TLS,
): ApplicationSetup {
  const options = { requireClientCertificate };
  return platform === 'express'
    ? { platform, options, nest: { httpsOptions: tls } }
    : { platform, options, adapter: new FastifyAdapter({ https: tls }) };
}

const archive = () => signed(PAYLOADS.archive);
const forged = () => signed(PAYLOADS.archive, { secret: 'another secret' });
const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];

afterEach(() => {
  takeHandled();
});

describe.each(PLATFORMS)('requireClientCertificate on %s, where TLS accepts every client', (platform) => {
  const running = useApplication(overTls(platform, true));

  it.each(VERSIONS)('accepts a certificate of the authority (%s)', async (version) => {
    const answer = await postOverTls(running().port, archive(), { identity: CLIENT, version });

    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(takeHandled()).toHaveLength(1);
  });

  it.each([
    ['no certificate', undefined, 'client_certificate_missing'],
    ['a certificate of another authority', OTHER_CLIENT, 'client_certificate_untrusted'],
    ['an expired certificate', EXPIRED_CLIENT, 'client_certificate_untrusted'],
  ])('rejects %s, in TLS 1.2 and 1.3', async (_, identity, reason) => {
    for (const version of VERSIONS) {
      const answer = await postOverTls(running().port, archive(), { identity, version });

      expect(answer).toMatchObject({ status: 401, text: '{"message":"Unauthorized","statusCode":401}' });
      expect(running().observed.outcomes.rejected.splice(0)).toMatchObject([{ reason }]);
    }
    expect(takeHandled()).toEqual([]);
  });

  it('rejects a wrong signature, whatever the certificate', async () => {
    const answer = await postOverTls(running().port, forged(), { identity: CLIENT });

    expect(answer.status).toBe(401);
    expect(running().observed.lastReason).toBe('signature_mismatch');
  });

  it.each(VERSIONS)('rejects a resumed session that began without a certificate (%s)', async (version) => {
    const { session } = await postOverTls(running().port, archive(), { version });

    const answer = await postOverTls(running().port, archive(), { session, version });

    expect(answer).toMatchObject({ resumed: true, status: 401 });
    expect(running().observed.lastReason).toBe('client_certificate_missing');
    expect(takeHandled()).toEqual([]);
  });

  it.each(VERSIONS)('rejects a resumed session that began with an untrusted certificate (%s)', async (version) => {
    const { session } = await postOverTls(running().port, archive(), { identity: OTHER_CLIENT, version });

    const answer = await postOverTls(running().port, archive(), { identity: OTHER_CLIENT, session, version });

    expect(answer).toMatchObject({ resumed: true, status: 401 });
    expect(running().observed.lastReason).toBe('client_certificate_untrusted');
    expect(takeHandled()).toEqual([]);
  });

  it.each(VERSIONS)('accepts a resumed session that began with the right certificate (%s)', async (version) => {
    const { session } = await postOverTls(running().port, archive(), { identity: CLIENT, version });

    const answer = await postOverTls(running().port, archive(), { identity: CLIENT, session, version });

    expect(answer).toMatchObject({ resumed: true, status: 204 });
    expect(takeHandled()).toHaveLength(2);
  });
});

describe.each(PLATFORMS)('requireClientCertificate on %s, where TLS itself refuses other clients', (platform) => {
  const running = useApplication(overTls(platform, true, { ...TLS, rejectUnauthorized: true }));

  it('accepts a certificate of the authority', async () => {
    expect(await postOverTls(running().port, archive(), { identity: CLIENT })).toMatchObject({ status: 204 });
    expect(takeHandled()).toHaveLength(1);
  });

  it.each([
    ['no certificate', undefined],
    ['a certificate of another authority', OTHER_CLIENT],
    ['an expired certificate', EXPIRED_CLIENT],
  ])('gives a client with %s no connection', async (_, identity) => {
    await expect(postOverTls(running().port, archive(), { identity })).rejects.toMatchObject({
      code: expect.stringMatching(/^(ERR_SSL_|ECONNRESET$|EPIPE$)/),
    });
    expect(takeHandled()).toEqual([]);
    expect(running().observed.outcomes.rejected).toEqual([]);
  });
});

describe.each(PLATFORMS)('an application without requireClientCertificate on %s', (platform) => {
  const running = useApplication(overTls(platform, undefined, SERVER));

  it('accepts a callback over TLS without a certificate', async () => {
    expect(await postOverTls(running().port, archive())).toMatchObject({ status: 204 });
  });
});

/** Each tells two certificates of one authority apart. */
const PINS: readonly ClientCertificateOptions[] = [
  { fingerprints: ['00'.repeat(32), fingerprintOf(CLIENT)] },
  { subject: { CN: 'client', O: 'Example, Inc.' }, issuer: { CN: 'authority' } },
];

describe.each(PLATFORMS)('on %s', (platform) => {
  describe.each(PINS)('a pinned certificate: %j', (pins) => {
    const running = useApplication(overTls(platform, pins));

    it.each(VERSIONS)('is accepted, also on a resumed session (%s)', async (version) => {
      const { session, status } = await postOverTls(running().port, archive(), { identity: CLIENT, version });
      const again = await postOverTls(running().port, archive(), { identity: CLIENT, session, version });

      expect(status).toBe(204);
      expect(again).toMatchObject({ resumed: true, status: 204 });
      expect(takeHandled()).toHaveLength(2);
    });

    it.each(VERSIONS)(
      'is not replaced by another of the same authority, nor by resuming its session (%s)',
      async (version) => {
        const { session, ...first } = await postOverTls(running().port, archive(), { identity: NEIGHBOUR, version });
        const again = await postOverTls(running().port, archive(), { identity: CLIENT, session, version });

        expect(first).toMatchObject({ status: 401, text: '{"message":"Unauthorized","statusCode":401}' });
        // The session stands for the certificate with which it began.
        expect(again).toMatchObject({ resumed: true, status: 401 });
        expect(running().observed.outcomes.rejected.splice(0)).toMatchObject([
          { reason: 'client_certificate_mismatch' },
          { reason: 'client_certificate_mismatch' },
        ]);
        expect(takeHandled()).toEqual([]);
      },
    );

    it.each([
      ['no certificate', undefined, 'client_certificate_missing'],
      ['one of another authority', OTHER_CLIENT, 'client_certificate_untrusted'],
    ])('is not replaced by %s', async (_, identity, reason) => {
      expect(await postOverTls(running().port, archive(), { identity })).toMatchObject({ status: 401 });
      expect(running().observed.lastReason).toBe(reason);
      expect(takeHandled()).toEqual([]);
    });

    it('does not replace the signature', async () => {
      expect(await postOverTls(running().port, forged(), { identity: CLIENT })).toMatchObject({ status: 401 });
      expect(running().observed.lastReason).toBe('signature_mismatch');
    });
  });

  describe('a pinned fingerprint of another authority', () => {
    const running = useApplication(overTls(platform, { fingerprints: [fingerprintOf(OTHER_CLIENT)] }));

    it('does not make its certificate trusted', async () => {
      expect(await postOverTls(running().port, archive(), { identity: OTHER_CLIENT })).toMatchObject({ status: 401 });
      expect(running().observed.lastReason).toBe('client_certificate_untrusted');
    });
  });

  describe('the fingerprint of a certificate that is not pinned', () => {
    const running = useApplication(overTls(platform, { fingerprints: [fingerprintOf(CLIENT)] }));

    it('is in the log, to be compared and copied', async () => {
      await postOverTls(running().port, archive(), { identity: NEIGHBOUR });

      await until(() =>
        running()
          .logs.of('warn')
          .some((line) => line.includes(fingerprintOf(NEIGHBOUR))),
      );
    });
  });
});

describe('a pinned certificate over HTTP/2', () => {
  const running = useApplication({
    platform: 'fastify',
    options: { requireClientCertificate: { fingerprints: [fingerprintOf(CLIENT)] } },
    adapter: new FastifyAdapter({ http2: true, https: TLS }),
  });

  it.each([
    [204, CLIENT],
    [401, NEIGHBOUR],
    [401, OTHER_CLIENT],
    [401, undefined],
  ])('is answered %i', async (status, identity) => {
    expect(await postOverHttp2(`https://127.0.0.1:${running().port}`, archive(), identity)).toBe(status);
    expect(takeHandled()).toHaveLength(status === 204 ? 1 : 0);
  });
});

/** A callback as nginx passes it on. */
const proxied = ({ cert } = CLIENT, headers: Record<string, string> = {}) =>
  signed(PAYLOADS.archive, {
    headers: { 'ssl-client-verify': 'SUCCESS', 'ssl-client-cert': encodeURIComponent(cert), ...headers },
  });

const behind = (...from: string[]) => ({
  requireClientCertificate: { fingerprints: [fingerprintOf(CLIENT)], proxy: { from, format: 'nginx' as const } },
});

describe.each(PLATFORMS)('an application behind a proxy on %s', (platform) => {
  describe('a proxy that is named', () => {
    const running = useApplication({ platform, options: behind('127.0.0.1') });

    it('says which certificate its client showed', async () => {
      await expectAccepted(running(), proxied());
    });

    it('may report one that is not pinned, none, or one that it did not verify', async () => {
      await expectRefused(running(), proxied(NEIGHBOUR), 'client_certificate_mismatch');
      await expectRefused(running(), signed(PAYLOADS.archive), 'client_certificate_missing');
      await expectRefused(running(), proxied(CLIENT, { 'ssl-client-verify': 'NONE' }), 'client_certificate_missing');
      await expectRefused(
        running(),
        proxied(CLIENT, { 'ssl-client-verify': 'FAILED' }),
        'client_certificate_untrusted',
      );
    });

    it('does not add its header to one that its client sent', async () => {
      const { headers, body } = proxied();
      const twice = [encodeURIComponent(CLIENT.cert), encodeURIComponent(NEIGHBOUR.cert)];

      for (const values of [twice, twice.toReversed()]) {
        const request = { headers: { ...headers, 'ssl-client-cert': values }, body };
        await expectRefused(running(), request, 'client_certificate_untrusted');
      }
    });
  });

  describe('a header from another address', () => {
    const running = useApplication({ ...behindProxy(platform), options: behind('10.0.0.7') });

    it('counts as no certificate, also if trust proxy makes the client address that of the proxy', async () => {
      const forged = proxied(CLIENT, {
        'x-forwarded-for': '10.0.0.7',
        forwarded: 'for=10.0.0.7',
        'x-real-ip': '10.0.0.7',
      });

      await expectRefused(running(), proxied(), 'client_certificate_missing');
      await expectRefused(running(), forged, 'client_certificate_missing');
      // What allowedAddresses would have looked at.
      expect(running().observed.outcomes.rejected.at(-1)).toMatchObject({ address: '10.0.0.7' });
    });
  });

  describe('a proxy whose client has another address', () => {
    const running = useApplication({ ...behindProxy(platform), options: behind('127.0.0.1') });

    it('is known by its own', async () => {
      await expectAccepted(running(), proxied(CLIENT, { 'x-forwarded-for': '216.147.1.1' }));
    });
  });

  describe('a callback in the inbox', () => {
    const inbox = new MemoryInbox();
    const running = useApplication({ platform, options: { ...behind('127.0.0.1'), inbox } });

    it('needs its certificate when it arrives, and not when it is delivered', async () => {
      await expectRefused(running(), proxied(NEIGHBOUR), 'client_certificate_mismatch');
      expect(inbox.stored).toEqual([]);

      expect((await running().post(ARCHIVES, proxied())).status).toBe(204);
      await inbox.deliverLatest();

      expect(takeHandled()).toHaveLength(1);
    });
  });
});

describe('a proxy that speaks HTTP/2', () => {
  const running = useApplication({
    platform: 'fastify',
    options: behind('127.0.0.1'),
    adapter: new FastifyAdapter({ http2: true }),
  });

  it.each([
    [204, CLIENT],
    [401, NEIGHBOUR],
  ])('is answered %i', async (status, identity) => {
    expect(await postOverHttp2(running().url, proxied(identity))).toBe(status);
    expect(takeHandled()).toHaveLength(status === 204 ? 1 : 0);
  });
});
