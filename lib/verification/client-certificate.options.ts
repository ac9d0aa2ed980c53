import { type Check, expect, findUnknown, shownValue } from '../options/option-checks.js';
import { isAddressRange, SourceAddresses } from './source-addresses.js';

/** The attributes of a name that can be demanded. */
export const NAME_ATTRIBUTES = ['CN', 'O', 'OU', 'C', 'ST', 'L', 'DC', 'UID', 'serialNumber', 'emailAddress'] as const;
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
  Partial<Record<(typeof NAME_ATTRIBUTES)[number], string | readonly string[] | undefined>>
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

/** What the members of an object must be. */
interface Members {
  readonly [name: string]: Check | Members;
}

const FINGERPRINT = /^(?:[\da-f]{64}|[\da-f]{2}(?::[\da-f]{2}){31})$/i;
/** A range that has both has every IPv4 address, in one way of writing it or the other. */
const FIRST_AND_LAST = ['::ffff:0.0.0.0', '::ffff:255.255.255.255'];

const NAME: Members = Object.fromEntries(
  NAME_ATTRIBUTES.map((attribute) => [
    attribute,
    expect(
      (value) => (typeof value === 'string' ? value !== '' : isListOf(value, (text) => text !== '')),
      'a text, or a list of texts if the attribute occurs more than once',
    ),
  ]),
);

const PROXY: Members = {
  from: expect(
    // With a range of every address anybody could name a certificate.
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

/**
 * What is wrong with the option `requireClientCertificate`, in words that name the member; `undefined` if it can be used.
 */
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
  // A proxy needs both of its members, and every other object one of them.
  const given = Object.keys(members).filter((name) => members === PROXY || Reflect.get(value, name) !== undefined);
  if (given.length === 0) return `"${path}" demands nothing: give at least one of ${list}`;
  return given.map((name) => faultOf(`${path}.${name}`, Reflect.get(value, name), members[name])).find(Boolean);
}

function faultOf(path: string, value: unknown, member: Check | Members = {}): string | undefined {
  if (typeof member !== 'function') return findMemberFault(path, value, member);
  const fault = member(value);
  return fault === undefined ? undefined : `"${path}" ${fault}`;
}
