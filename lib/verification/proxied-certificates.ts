import { createHash, X509Certificate } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { CallbackRejection } from './callback-rejection.js';
import { type ClientCertificateProxy, type ClientCertificateProxyFormat } from './client-certificate.options.js';
import { quoted } from './quoted-text.js';
import { SourceAddresses } from './source-addresses.js';

/** Returns the value of a header that must occur exactly once. */
type ReadHeader = (name: string) => string;

/**
 * Reads the certificate, by format. Each reads the certificate itself, never a fingerprint or name that the proxy
 * computed: nginx offers SHA-1 only, and a name as one text can be ambiguous.
 */
const READERS: Readonly<Record<ClientCertificateProxyFormat, (header: ReadHeader) => X509Certificate>> = {
  nginx: (header) => {
    // nginx also forwards a certificate that it could not verify.
    const result = header('ssl-client-verify');
    if (result === 'NONE') throw missing('the client showed the proxy no certificate (ssl-client-verify: NONE)');
    if (result !== 'SUCCESS') throw untrusted(`the proxy did not verify the certificate: ${quoted(result)}`);
    return parseCertificate(header('ssl-client-cert'));
  },
  envoy: (header) => readForwardedCertificate(header('x-forwarded-client-cert')),
  alb: (header) => parseCertificate(header('x-amzn-mtls-clientcert-leaf')),
  // A chain that begins with the client's own certificate. Its expiry is checked here because the load balancer does
  // not check it.
  'alb-passthrough': (header) => withinValidity(parseCertificate(header('x-amzn-mtls-clientcert'))),
};

/** The certificates that clients sent to a proxy that terminates TLS. */
export class ProxiedCertificates {
  private readonly addresses: SourceAddresses;
  private readonly read: (header: ReadHeader) => X509Certificate;

  /** @throws {TypeError} if an entry of `from` is neither an address nor a range */
  constructor({ from, format }: ClientCertificateProxy) {
    this.addresses = new SourceAddresses(from);
    this.read = READERS[format];
  }

  /** @throws {CallbackRejection} `client_certificate_missing`, `client_certificate_untrusted` */
  of({ socket, rawHeaders }: IncomingMessage): X509Certificate {
    // Serverless adapters put an object here that takes its address from a header.
    const peer = socket instanceof Socket ? socket.remoteAddress : undefined;
    if (!this.addresses.has(peer)) {
      throw missing(
        `the connection comes from ${peer ?? 'no address'}, which is not the proxy (requireClientCertificate.proxy.from)`,
      );
    }
    return this.read((name) => onlyValue(rawHeaders, name));
  }
}

function missing(explanation: string): CallbackRejection {
  return new CallbackRejection('client_certificate_missing', explanation);
}

function untrusted(explanation: string): CallbackRejection {
  return new CallbackRejection('client_certificate_untrusted', explanation);
}

/**
 * Reads `rawHeaders`, because Node joins the values of a repeated header, and one could then look like a part of
 * another.
 */
function onlyValue(rawHeaders: readonly string[], name: string): string {
  // Names and values alternate.
  const [value, ...others] = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name,
  );
  if (value === undefined || value === '') throw missing(`the proxy sent no header ${name}`);
  if (others.length > 0)
    throw untrusted(`the header ${name} is repeated: the proxy must replace what its client sends`);
  return value;
}

/** The characters of URL-encoded PEM. A comma would be a sign of joined headers. */
const URL_ENCODED = /^[\w%+=/.~-]+$/;

/** The first certificate in URL-encoded PEM, in which `+` is not a space. */
function parseCertificate(encoded: string): X509Certificate {
  try {
    if (URL_ENCODED.test(encoded)) return new X509Certificate(decodeURIComponent(encoded));
  } catch {
    // One message for a wrong encoding and a wrong certificate.
  }
  throw untrusted('what the proxy sent is no certificate in URL-encoded PEM');
}

function withinValidity(certificate: X509Certificate): X509Certificate {
  const { validFrom, validTo } = certificate;
  const now = Date.now();
  if (now >= Date.parse(validFrom) && now <= Date.parse(validTo)) return certificate;
  throw untrusted(`the certificate is valid from ${validFrom} to ${validTo} only`);
}

/** A key and its value, quoted or not. */
const FIELD = /([a-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;]*))(?:;|$)/giy;

/**
 * The certificate in Envoy's header, whose keys are case-insensitive. Several elements are refused, because the client
 * may have sent the first ones itself.
 *
 * Envoy does not quote the names (`URI`, `DNS`) that it takes from the certificate, so a name can contain text that
 * looks like another `Cert`. Therefore `Hash`, which Envoy always writes, must fit the certificate, and neither key may
 * occur twice.
 */
function readForwardedCertificate(header: string): X509Certificate {
  const fields = [...header.matchAll(FIELD)];
  if (fields.reduce((length, [field]) => length + field.length, 0) !== header.length) {
    throw untrusted('x-forwarded-client-cert is not one element: set forward_client_cert_details to SANITIZE_SET');
  }
  const only = (name: string): string => {
    const [value, ...others] = fields.filter(([, key]) => key?.toLowerCase() === name);
    if (value !== undefined && others.length === 0) return value[2] ?? value[3] ?? '';
    throw untrusted(
      `x-forwarded-client-cert has ${value === undefined ? 'no' : 'more than one'} ${name}: ` +
        'Envoy needs set_current_client_cert_details with cert: true',
    );
  };
  const certificate = parseCertificate(only('cert'));
  if (createHash('sha256').update(certificate.raw).digest('hex') === only('hash').toLowerCase()) return certificate;
  throw untrusted('Hash and Cert of x-forwarded-client-cert are of different certificates');
}
