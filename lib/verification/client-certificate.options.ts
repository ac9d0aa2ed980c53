import { type Check, expect, findUnknown, shownValue } from '../options/option-checks.js';
import { isAddressRange } from './source-addresses.js';

const ATTRIBUTES = ['CN', 'O', 'OU', 'C', 'ST', 'L', 'DC', 'UID', 'serialNumber', 'emailAddress'] as const;
const PROXY_FORMATS = ['nginx', 'envoy', 'alb', 'alb-passthrough'] as const;

/**
 * What a distinguished name must have, by the short names of OpenSSL. Each attribute that is named must occur in the
 * certificate exactly so: a text once, with this value and no other; a list as often as it has values, in the order of
 * the certificate. Values are compared character by character. Attributes that are not named may be anything.
 *
 * @example
 * { CN: 'callbacks.example.com', O: 'Example, Inc.' }
 */
export type CertificateName = Readonly<
  Partial<Record<(typeof ATTRIBUTES)[number], string | readonly string[] | undefined>>
>;

/**
 * How a proxy says which certificate its client showed.
 *
 * - `nginx`: the headers `ssl-client-verify` (`$ssl_client_verify`) and `ssl-client-cert` (`$ssl_client_escaped_cert`).
 *   Source: nginx, ngx_http_ssl_module.
 * - `envoy`: the header `x-forwarded-client-cert` with `Hash` and `Cert`, of one element. Source: Envoy, "HTTP header
 *   manipulation".
 * - `alb`: the header `x-amzn-mtls-clientcert-leaf` of an AWS Application Load Balancer that verifies certificates.
 *   Source: Elastic Load Balancing, "Mutual authentication with TLS in Application Load Balancer".
 * - `alb-passthrough`: the header `x-amzn-mtls-clientcert` of one that does not verify them. Needs `fingerprints`.
 */
export type ClientCertificateProxyFormat = (typeof PROXY_FORMATS)[number];

/** A proxy that terminates TLS and says in a header which certificate the client showed. */
export interface ClientCertificateProxy {
  /**
   * Addresses and CIDR ranges of the proxy itself: where the TCP connection comes from, whatever `X-Forwarded-For` and
   * `trust proxy` say. From any other address the header counts as absent.
   */
  readonly from: readonly string[];
  /** Which headers the proxy sets. */
  readonly format: ClientCertificateProxyFormat;
}

/** Which client certificate is demanded. All that is given must hold. */
export interface ClientCertificateOptions {
  /**
   * SHA-256 fingerprints, of which the certificate must have one: 64 hex digits in either case, with or without colons.
   * Name the old and the new one during a renewal.
   */
  readonly fingerprints?: readonly string[] | undefined;
  /** What the subject of the certificate must be. */
  readonly subject?: CertificateName | undefined;
  /** What its issuer must be. */
  readonly issuer?: CertificateName | undefined;
  /** Where TLS is terminated, if not by this process. The certificate of the connection itself then does not count. */
  readonly proxy?: ClientCertificateProxy | undefined;
}

const FINGERPRINT = /^(?:[\da-f]{64}|[\da-f]{2}(?::[\da-f]{2}){31})$/i;

const checkFingerprints = expectList(
  (text) => FINGERPRINT.test(text),
  'a list of SHA-256 fingerprints, each of 64 hex digits, with or without colons ' +
    '(openssl x509 -noout -fingerprint -sha256 -in certificate.pem)',
);
const checkValue = expect(
  (value) => [value].flat().length > 0 && [value].flat().every((text) => typeof text === 'string' && text !== ''),
  'a text, or a list of texts if the attribute occurs more than once',
);
const isAnything: Check = () => undefined;

const OPTIONS = { fingerprints: checkFingerprints, subject: isAnything, issuer: isAnything, proxy: isAnything };
const NAME = Object.fromEntries(ATTRIBUTES.map((attribute) => [attribute, checkValue]));
const PROXY = {
  from: expectList(
    // A range of every address would let anybody name a certificate.
    (text) => isAddressRange(text) && !/\/0+$/.test(text),
    'a list of the addresses and CIDR ranges of the proxy itself, such as 10.0.0.7 or 10.0.0.0/24, and not of every address',
  ),
  format: expect((value) => PROXY_FORMATS.some((format) => format === value), PROXY_FORMATS.map(shownValue).join(', ')),
};

/**
 * What is wrong with the option `requireClientCertificate`, in words that name the member; `undefined` if it can be used.
 */
export function findClientCertificateFault(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined;
  const path = 'requireClientCertificate';
  return (
    findMemberFault(path, value, OPTIONS) ??
    findMemberFault(`${path}.subject`, memberOf(value, 'subject'), NAME) ??
    findMemberFault(`${path}.issuer`, memberOf(value, 'issuer'), NAME) ??
    findMemberFault(`${path}.proxy`, memberOf(value, 'proxy'), PROXY, Object.keys(PROXY)) ??
    (memberOf(value, 'fingerprints') === undefined && memberOf(memberOf(value, 'proxy'), 'format') === 'alb-passthrough'
      ? `"${path}.fingerprints" is missing: nobody verifies the certificate with "alb-passthrough", so that only its ` +
        'fingerprint proves anything'
      : undefined)
  );
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function findMemberFault(
  path: string,
  value: unknown,
  checks: Readonly<Record<string, Check>>,
  required: readonly string[] = [],
): string | undefined {
  if (value === undefined) return undefined;
  const known = Object.keys(checks);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const others = checks === OPTIONS ? 'true, false, or ' : '';
    return `"${path}" is ${shownValue(value)}: it must be ${others}an object with ${known.join(', ')}`;
  }
  const unknown = findUnknown(value, known);
  if (unknown !== undefined) return `there is no "${path}.${unknown}": it can have ${known.join(', ')}`;
  const given = known.filter((name) => Reflect.get(value, name) !== undefined || required.includes(name));
  if (given.length === 0) return `"${path}" demands nothing: give at least one of ${known.join(', ')}`;
  for (const name of given) {
    const fault = checks[name]?.(Reflect.get(value, name));
    if (fault !== undefined) return `"${path}.${name}" ${fault}`;
  }
  return undefined;
}

function expectList(isGood: (text: string) => boolean, expected: string): Check {
  const isGoodText = (entry: unknown): boolean => typeof entry === 'string' && isGood(entry);
  return (value) => {
    const entries: readonly unknown[] = Array.isArray(value) ? value : [];
    if (entries.length > 0 && entries.every(isGoodText)) return undefined;
    return `is ${shownValue(value)}: it must be ${expected}`;
  };
}
