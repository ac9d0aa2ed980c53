import { type Check, expect, findUnknown, shownValue } from '../options/option-checks.js';
import { isAddressRange, SourceAddresses } from './source-addresses.js';

/** The attributes of a distinguished name that can be required. */
export const NAME_ATTRIBUTES = ['CN', 'O', 'OU', 'C', 'ST', 'L', 'DC', 'UID', 'serialNumber', 'emailAddress'] as const;
const PROXY_FORMATS = ['nginx', 'envoy', 'alb', 'alb-passthrough'] as const;

/**
 * The attributes that a distinguished name must have, by OpenSSL's short names. Each attribute that you name must match
 * the certificate exactly. A text: the attribute occurs once, with this value. A list: it occurs with exactly these
 * values, in this order. Values are compared character by character. Attributes that you do not name are ignored.
 *
 * @example
 * { CN: 'callbacks.example.com', O: 'Example, Inc.' }
 */
export type CertificateName = Readonly<
  Partial<Record<(typeof NAME_ATTRIBUTES)[number], string | readonly string[] | undefined>>
>;

/**
 * How a proxy reports the certificate of its client.
 *
 * - `nginx`: the headers `ssl-client-verify` (`$ssl_client_verify`) and `ssl-client-cert` (`$ssl_client_escaped_cert`).
 *   Source: nginx, ngx_http_ssl_module.
 * - `envoy`: the header `x-forwarded-client-cert` with `Hash` and `Cert`, of one element. Source: Envoy, "HTTP header
 *   manipulation".
 * - `alb`: the header `x-amzn-mtls-clientcert-leaf` of an AWS Application Load Balancer that verifies certificates.
 *   Source: Elastic Load Balancing, "Mutual authentication with TLS in Application Load Balancer".
 * - `alb-passthrough`: the header `x-amzn-mtls-clientcert` of one that does not verify them. Requires `fingerprints`.
 */
export type ClientCertificateProxyFormat = (typeof PROXY_FORMATS)[number];

/** A proxy that terminates TLS and reports the client's certificate in a header. */
export interface ClientCertificateProxy {
  /**
   * Addresses and CIDR ranges of the proxy itself: the source of the TCP connection, independent of `X-Forwarded-For`
   * and `trust proxy`. From any other address the header is ignored.
   */
  readonly from: readonly string[];
  /** Which headers the proxy sets. */
  readonly format: ClientCertificateProxyFormat;
}

/** Which client certificate is required. All members that you set must match. */
export interface ClientCertificateOptions {
  /**
   * Accepted SHA-256 fingerprints: 64 hex digits in either case, with or without colons. During a renewal, list the old
   * and the new one.
   */
  readonly fingerprints?: readonly string[] | undefined;
  /** The required subject of the certificate. */
  readonly subject?: CertificateName | undefined;
  /** The required issuer of the certificate. */
  readonly issuer?: CertificateName | undefined;
  /**
   * The proxy that terminates TLS, if this process does not. The certificate of the connection itself is then ignored.
   */
  readonly proxy?: ClientCertificateProxy | undefined;
}

/** The checks of an object's members. */
interface Members {
  readonly [name: string]: Check | Members;
}

const FINGERPRINT = /^(?:[\da-f]{64}|[\da-f]{2}(?::[\da-f]{2}){31})$/i;
/** A range that contains both of these contains every IPv4 address, in IPv4 or in IPv6 notation. */
const FIRST_AND_LAST = ['::ffff:0.0.0.0', '::ffff:255.255.255.255'];

const NAME: Members = Object.fromEntries(
  NAME_ATTRIBUTES.map((attribute) => [
    attribute,
    expect(
      (value) => (typeof value === 'string' ? value !== '' : isListOf(value, (text) => text !== '')),
      'a string, or a list of strings if the attribute occurs more than once',
    ),
  ]),
);

const PROXY: Members = {
  from: expect(
    // With a range of all addresses, anybody could send the header.
    (value) => isListOf(value, (text) => isAddressRange(text) && !isOfEveryAddress(text)),
    'a list of the addresses and CIDR ranges of the proxy itself, such as 10.0.0.7 or 10.0.0.0/24, and not of every address',
  ),
  format: expect((value) => PROXY_FORMATS.some((format) => format === value), PROXY_FORMATS.map(shownValue).join(', ')),
};

const OPTIONS: Members = {
  fingerprints: expect(
    (value) => isListOf(value, (text) => FINGERPRINT.test(text)),
    'a list of SHA-256 fingerprints, each of 64 hex digits, with or without colons ' +
      '(openssl x509 -noout -fingerprint -sha256 -in certificate.pem)',
  ),
  subject: NAME,
  issuer: NAME,
  proxy: PROXY,
};

function isListOf(value: unknown, isGood: (text: string) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'string' && isGood(entry));
}

function isOfEveryAddress(range: string): boolean {
  const addresses = new SourceAddresses([range]);
  return FIRST_AND_LAST.every((address) => addresses.has(address));
}

/** What is wrong with the option `requireClientCertificate`, naming the member; `undefined` if it can be used. */
export function findClientCertificateFault(option: boolean | ClientCertificateOptions): string | undefined {
  if (typeof option === 'boolean') return undefined;
  const path = 'requireClientCertificate';
  const fault = findMemberFault(path, option, OPTIONS);
  if (fault !== undefined) return fault;
  if (option.proxy?.format !== 'alb-passthrough' || option.fingerprints !== undefined) return undefined;
  return (
    `"${path}.fingerprints" is missing: nobody verifies the certificate with "alb-passthrough", so that only its ` +
    'fingerprint proves anything'
  );
}

function findMemberFault(path: string, value: unknown, members: Members): string | undefined {
  const list = Object.keys(members).join(', ');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const others = members === OPTIONS ? 'true, false, or ' : '';
    return `"${path}" is ${shownValue(value)}: it must be ${others}an object with ${list}`;
  }
  const unknown = findUnknown(value, Object.keys(members));
  if (unknown !== undefined) return `there is no "${path}.${unknown}": it can have ${list}`;
  // A proxy needs both members; every other object needs at least one.
  const given = Object.keys(members).filter((name) => members === PROXY || Reflect.get(value, name) !== undefined);
  if (given.length === 0) return `"${path}" demands nothing: give at least one of ${list}`;
  return given.map((name) => faultOf(`${path}.${name}`, Reflect.get(value, name), members[name])).find(Boolean);
}

function faultOf(path: string, value: unknown, member: Check | Members = {}): string | undefined {
  if (typeof member !== 'function') return findMemberFault(path, value, member);
  const fault = member(value);
  return fault === undefined ? undefined : `"${path}" ${fault}`;
}
