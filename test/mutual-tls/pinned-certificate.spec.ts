import { describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type SecureVersion } from 'node:tls';
import { type ClientCertificateOptions } from '../../lib/index.js';
import { type ApplicationSetup, type Platform, PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { useApplication } from '../support/use-application.js';
import { AUTHORITY, CLIENT, fingerprintOf, NEIGHBOUR, OTHER_CLIENT, SERVER } from './certificates.js';
import { postOverHttp2, postOverTls } from './tls-client.js';

const TLS = { ...SERVER, ca: AUTHORITY, requestCert: true, rejectUnauthorized: false };

function overTls(platform: Platform, requireClientCertificate: ClientCertificateOptions): ApplicationSetup {
  const options = { requireClientCertificate };
  return platform === 'express'
    ? { platform, options, nest: { httpsOptions: TLS } }
    : { platform, options, adapter: new FastifyAdapter({ https: TLS }) };
}

const archive = () => signed(PAYLOADS.archive);
const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];

/** Each tells two certificates of one authority apart. */
const PINS: readonly ClientCertificateOptions[] = [
  { fingerprints: ['00'.repeat(32), fingerprintOf(CLIENT)] },
  { subject: { CN: 'client', O: 'Example, Inc.' }, issuer: { CN: 'authority' } },
];

describe.each(PLATFORMS)('on %s', (platform) => {
  describe.each(PINS)('a pinned certificate, %j,', (pins) => {
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
      const forged = signed(PAYLOADS.archive, { secret: 'another secret' });

      expect(await postOverTls(running().port, forged, { identity: CLIENT })).toMatchObject({ status: 401 });
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
