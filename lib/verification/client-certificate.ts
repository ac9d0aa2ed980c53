import { timingSafeEqual, type X509Certificate } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { CallbackRejection } from './callback-rejection.js';
import { type CertificateName, type ClientCertificateOptions, NAME_ATTRIBUTES } from './client-certificate.options.js';
import { ProxiedCertificates } from './proxied-certificates.js';
import { quoted } from './quoted-text.js';

/** Requires a client certificate (mutual TLS) that matches the options. */
export class ClientCertificateCheck {
  private readonly proxied: ProxiedCertificates | undefined;
  private readonly fingerprints: readonly Buffer[] | undefined;

  constructor(private readonly options: ClientCertificateOptions) {
    this.proxied = options.proxy === undefined ? undefined : new ProxiedCertificates(options.proxy);
    this.fingerprints = options.fingerprints?.map(fingerprintBytes);
  }

  /** @throws {CallbackRejection} `client_certificate_missing`, `client_certificate_untrusted`, `client_certificate_mismatch` */
  check(request: IncomingMessage): void {
    const certificate = this.proxied?.of(request) ?? certificateOf(request.socket);
    const difference = this.findDifference(certificate);
    if (difference === undefined) return;
    throw new CallbackRejection(
      'client_certificate_mismatch',
      `the certificate with the SHA-256 fingerprint ${certificate.fingerprint256} ${difference}`,
    );
  }

  private findDifference(certificate: X509Certificate): string | undefined {
    const found = fingerprintBytes(certificate.fingerprint256);
    if (this.fingerprints?.some((expected) => timingSafeEqual(expected, found)) === false) {
      return 'is none of requireClientCertificate.fingerprints';
    }
    const { subject, issuer } = this.options;
    if (subject === undefined && issuer === undefined) return undefined;
    // Has the attributes one by one: the text of a whole name can be forged to look like another name.
    const names = certificate.toLegacyObject();
    return differenceOf('subject', names.subject, subject) ?? differenceOf('issuer', names.issuer, issuer);
  }
}

/** The bytes of a fingerprint in hex, with or without colons. */
function fingerprintBytes(fingerprint: string): Buffer {
  return Buffer.from(fingerprint.replaceAll(':', ''), 'hex');
}

function differenceOf(
  part: 'subject' | 'issuer',
  name: Readonly<NodeJS.Dict<string | string[]>>,
  expected: CertificateName = {},
): string | undefined {
  // Not only own members: the expected name may be an instance of a class that has getters.
  for (const attribute of NAME_ATTRIBUTES) {
    const value = expected[attribute];
    if (value === undefined) continue;
    const wanted = [value].flat();
    const found = [name[attribute] ?? []].flat();
    if (found.length === wanted.length && found.every((text, index) => text === wanted[index])) continue;
    const shown = found.length === 0 ? `no ${attribute}` : `${attribute} ${found.map(quoted).join(', ')}`;
    return `has ${shown} in its ${part}, unlike requireClientCertificate.${part}`;
  }
  return undefined;
}

/**
 * The certificate of a connection whose TLS Node terminates, if one of this server's authorities signed it.
 *
 * `authorized` alone is not enough: Node also sets it on a resumed TLS 1.3 session in which the client never sent a
 * certificate.
 *
 * @throws {CallbackRejection} `client_certificate_missing`, `client_certificate_untrusted`
 */
function certificateOf(socket: Socket): X509Certificate {
  const tls = socket instanceof TLSSocket ? socket : undefined;
  const certificate = tls?.getPeerX509Certificate();
  if (certificate === undefined) {
    throw new CallbackRejection(
      'client_certificate_missing',
      'the client showed no certificate (the HTTPS server asks for one only with requestCert: true)',
    );
  }
  if (tls?.authorized !== true) {
    throw new CallbackRejection(
      'client_certificate_untrusted',
      "the client's certificate is not of an authority that this server trusts (option ca of the HTTPS server)",
    );
  }
  return certificate;
}
