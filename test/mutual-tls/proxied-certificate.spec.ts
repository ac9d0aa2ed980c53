import { describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { behindProxy, useApplication } from '../support/use-application.js';
import { ARCHIVES, expectAccepted, expectRefused } from '../support/verdict.js';
import { CLIENT, fingerprintOf, NEIGHBOUR } from './certificates.js';
import { postOverHttp2 } from './tls-client.js';

/** A callback as nginx passes it on. */
const proxied = ({ cert } = CLIENT, headers: Record<string, string> = {}) =>
  signed(PAYLOADS.archive, {
    headers: { 'ssl-client-verify': 'SUCCESS', 'ssl-client-cert': encodeURIComponent(cert), ...headers },
  });

const behind = (...from: string[]) => ({
  requireClientCertificate: { fingerprints: [fingerprintOf(CLIENT)], proxy: { from, format: 'nginx' as const } },
});

describe.each(PLATFORMS)('on %s, without TLS of its own,', (platform) => {
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
