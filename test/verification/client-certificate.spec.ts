import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { X509Certificate } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import {
  type CertificateName,
  type ClientCertificateOptions,
  type ClientCertificateProxyFormat,
  type RejectionReason,
} from '../../lib/index.js';
import { CallbackRejection } from '../../lib/verification/callback-rejection.js';
import { ClientCertificateCheck } from '../../lib/verification/client-certificate.js';
import { CLIENT, EXPIRED_CLIENT, fingerprintOf, type Identity, NEIGHBOUR } from '../mutual-tls/certificates.js';

interface Verdict {
  readonly reason: RejectionReason;
  readonly message: string;
}

/** Why a request is refused; `undefined` if it is not. */
function verdictOn(request: Partial<IncomingMessage>, options: ClientCertificateOptions): Verdict | undefined {
  try {
    new ClientCertificateCheck(options).check(request as IncomingMessage);
    return undefined;
  } catch (error) {
    if (!(error instanceof CallbackRejection)) throw error;
    const { reason, message } = error;
    return { reason, message };
  }
}

/** A request over a TLS connection with this much of a certificate. */
function overTls(identity: Identity | undefined, authorized = true): Partial<IncomingMessage> {
  const certificate = identity && new X509Certificate(identity.cert);
  const socket = new TLSSocket(new Socket());
  return { socket: Object.assign(socket, { getPeerX509Certificate: () => certificate, authorized }) };
}

const PINNED = { fingerprints: [fingerprintOf(CLIENT)] };

describe('the certificate of a TLS connection', () => {
  it.each<[string, Partial<IncomingMessage>]>([
    ['on a plain connection', { socket: new Socket() }],
    ['where none was shown although the session is authorized', overTls(undefined)],
  ])('is missing %s', (_, request) => {
    expect(verdictOn(request, {})).toEqual({
      reason: 'client_certificate_missing',
      message: 'the client showed no certificate (the HTTPS server asks for one only with requestCert: true)',
    });
  });

  it.each([{}, PINNED])('is untrusted if it is of another authority, with %j', (options) => {
    expect(verdictOn(overTls(CLIENT, false), options)).toEqual({
      reason: 'client_certificate_untrusted',
      message:
        "the client's certificate is not of an authority that this server trusts (option ca of the HTTPS server)",
    });
  });

  it('is good if it is of an authority of this server and none is pinned', () => {
    expect(verdictOn(overTls(CLIENT), {})).toBeUndefined();
  });
});

describe('a pinned fingerprint', () => {
  it.each([
    ['as OpenSSL prints it', (text: string) => text],
    ['in lower case', (text: string) => text.toLowerCase()],
    ['without colons', (text: string) => text.replaceAll(':', '')],
  ])('fits the certificate %s, and no other', (_, write) => {
    const options = { fingerprints: [write(fingerprintOf(CLIENT))] };

    expect(verdictOn(overTls(CLIENT), options)).toBeUndefined();
    expect(verdictOn(overTls(NEIGHBOUR), options)).toMatchObject({ reason: 'client_certificate_mismatch' });
  });

  it('may be one of several', () => {
    const options = { fingerprints: ['0'.repeat(64), fingerprintOf(CLIENT), 'f'.repeat(64)] };

    expect(verdictOn(overTls(CLIENT), options)).toBeUndefined();
    expect(verdictOn(overTls(NEIGHBOUR), options)).toBeDefined();
  });

  it('that does not fit is answered with the one that was found, to be copied', () => {
    expect(verdictOn(overTls(NEIGHBOUR), PINNED)?.message).toBe(
      `the certificate with the SHA-256 fingerprint ${fingerprintOf(NEIGHBOUR)} is none of ` +
        'requireClientCertificate.fingerprints',
    );
  });

  it('does not do instead of a subject that is demanded too', () => {
    expect(verdictOn(overTls(CLIENT), { ...PINNED, subject: { CN: 'another' } })).toBeDefined();
    expect(verdictOn(overTls(CLIENT), { ...PINNED, issuer: { CN: 'another' } })).toBeDefined();
  });
});

describe('a pinned name', () => {
  it.each<ClientCertificateOptions>([
    { subject: { CN: 'client' } },
    { subject: { CN: ['client'], O: 'Example, Inc.', C: 'US', L: undefined } },
    { subject: { OU: ['Video', 'Callbacks'] } },
    { issuer: { CN: 'authority' } },
    { subject: { CN: 'client' }, issuer: { CN: 'authority' } },
  ])('fits a certificate that has every attribute of it: %j', (options) => {
    expect(verdictOn(overTls(CLIENT), options)).toBeUndefined();
  });

  it.each<[string, ClientCertificateOptions, string]>([
    ['another value', { subject: { CN: 'clien' } }, 'CN "client" in its subject'],
    ['another case', { subject: { CN: 'Client' } }, 'CN "client" in its subject'],
    ['one of two values', { subject: { OU: 'Video' } }, 'OU "Video", "Callbacks" in its subject'],
    ['one value of two', { subject: { OU: ['Video', 'Archives'] } }, 'OU "Video", "Callbacks" in its subject'],
    ['another order', { subject: { OU: ['Callbacks', 'Video'] } }, 'OU "Video", "Callbacks" in its subject'],
    ['one attribute of two', { subject: { CN: 'client', O: 'Example' } }, 'O "Example, Inc." in its subject'],
    ['an absent attribute', { subject: { emailAddress: 'a@example.com' } }, 'no emailAddress in its subject'],
    ['the subject as issuer', { issuer: { CN: 'client' } }, 'CN "authority" in its issuer'],
  ])('does not fit with %s', (_, options, found) => {
    const [part] = Object.keys(options);
    expect(verdictOn(overTls(CLIENT), options)).toEqual({
      reason: 'client_certificate_mismatch',
      message:
        `the certificate with the SHA-256 fingerprint ${fingerprintOf(CLIENT)} has ${found}, ` +
        `unlike requireClientCertificate.${String(part)}`,
    });
  });

  it('may have inherited attributes, as an instance of a class with getters has', () => {
    const subject: CertificateName = Object.create({ CN: 'client' }) as object;

    expect(verdictOn(overTls(CLIENT), { subject })).toBeUndefined();
    expect(verdictOn(overTls(NEIGHBOUR), { subject })).toMatchObject({
      reason: 'client_certificate_mismatch',
    });
  });

  it.each<ClientCertificateOptions>([
    { subject: { CN: 'client' } },
    { subject: { O: 'Example, Inc.' } },
    { subject: { O: 'Example, Inc.', CN: 'client' } },
  ])('is not imitated by a second CN, nor by text within another attribute: %j', (options) => {
    expect(new X509Certificate(NEIGHBOUR.cert).subject).toContain('/CN=client\nCN=neighbour\nCN=client');
    expect(verdictOn(overTls(NEIGHBOUR), options)).toMatchObject({ reason: 'client_certificate_mismatch' });
  });
});

const PROXY = '10.0.0.7';
const encodedPem = ({ cert }: Identity) => encodeURIComponent(cert);
/** Encoded as AWS does, which leaves these three as they are. */
const encodedByAws = (identity: Identity) =>
  encodedPem(identity).replaceAll('%2B', '+').replaceAll('%2F', '/').replaceAll('%3D', '=');
const hashOf = (identity: Identity) => fingerprintOf(identity).replaceAll(':', '').toLowerCase();
const forwarded = (identity: Identity) => `Hash=${hashOf(identity)};Cert="${encodedPem(identity)}"`;

type Headers = [name: string, value: string][];

/** A request that comes from an address with these headers. */
function from(address: string | undefined, headers: Headers): Partial<IncomingMessage> {
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: address });
  return { socket, rawHeaders: headers.flat() };
}

const nginx = (verify: string, identity: Identity): Headers => [
  ['ssl-client-verify', verify],
  ['ssl-client-cert', encodedPem(identity)],
];
const envoy = (value: string): Headers => [['x-forwarded-client-cert', value]];
const alb = (value: string): Headers => [['x-amzn-mtls-clientcert-leaf', value]];
const passthrough = (value: string): Headers => [['x-amzn-mtls-clientcert', value]];

const behind = (format: ClientCertificateProxyFormat, options: ClientCertificateOptions = PINNED) => ({
  ...options,
  proxy: { from: [PROXY], format },
});

describe('the certificate that a proxy reports', () => {
  it.each<[ClientCertificateProxyFormat, string, Headers]>([
    ['nginx', 'as nginx writes it', nginx('SUCCESS', CLIENT)],
    ['nginx', 'in headers of any case', nginx('SUCCESS', CLIENT).map(([name, value]) => [name.toUpperCase(), value])],
    [
      'nginx',
      'beside headers that have the names of these as their values',
      [['x-a', 'ssl-client-verify'], ...nginx('SUCCESS', CLIENT), ['x-b', 'ssl-client-cert'], ['x-c', '']],
    ],
    ['envoy', 'with Hash and Cert', envoy(forwarded(CLIENT))],
    ['envoy', 'with keys in any case', envoy(forwarded(CLIENT).replace('Hash', 'hash').replace('Cert', 'CERT'))],
    ['envoy', 'with all that Envoy writes', envoy(`By=spiffe://a/b?c=d;${forwarded(CLIENT)};URI=x;DNS=a;DNS=b`)],
    ['envoy', 'after a quoted subject', envoy(`Subject="O=\\"Example, Inc.\\";CN=a,b\\\\";${forwarded(CLIENT)}`)],
    ['alb', 'with +, / and = as they are', alb(encodedByAws(CLIENT))],
    ['alb', 'with everything encoded', alb(encodedPem(CLIENT))],
    ['alb-passthrough', 'at the head of its chain', passthrough(encodedByAws(CLIENT) + encodedByAws(NEIGHBOUR))],
  ])('is accepted from %s, %s', (format, _, headers) => {
    expect(verdictOn(from(PROXY, headers), behind(format))).toBeUndefined();
  });

  const MISSING = 'client_certificate_missing';
  const UNTRUSTED = 'client_certificate_untrusted';
  const MISMATCH = 'client_certificate_mismatch';

  it.each<[ClientCertificateProxyFormat, string, Headers, RejectionReason, string]>([
    ['nginx', 'no header', [], MISSING, 'the proxy sent no header ssl-client-verify'],
    ['nginx', 'no certificate', nginx('NONE', CLIENT), MISSING, 'the client showed the proxy no certificate'],
    [
      'nginx',
      'an empty certificate',
      [
        ['ssl-client-verify', 'SUCCESS'],
        ['ssl-client-cert', ''],
      ],
      MISSING,
      'no header',
    ],
    ['nginx', 'a certificate alone', nginx('', CLIENT).slice(1), MISSING, 'no header ssl-client-verify'],
    ['nginx', 'a failure', nginx('FAILED:expired', CLIENT), UNTRUSTED, '"FAILED:expired"'],
    ['nginx', 'two results', [...nginx('SUCCESS', CLIENT), ['SSL-Client-Verify', 'SUCCESS']], UNTRUSTED, 'is repeated'],
    ['nginx', 'joined results', nginx('SUCCESS, SUCCESS', CLIENT), UNTRUSTED, '"SUCCESS, SUCCESS"'],
    ['nginx', 'another case', nginx('success', CLIENT), UNTRUSTED, '"success"'],
    ['nginx', 'another certificate', nginx('SUCCESS', NEIGHBOUR), MISMATCH, fingerprintOf(NEIGHBOUR)],
    [
      'nginx',
      'its SHA-1 alone',
      [
        ['ssl-client-verify', 'SUCCESS'],
        ['ssl-client-fingerprint', 'ab'],
      ],
      MISSING,
      '',
    ],
    ['envoy', 'no header', [], MISSING, 'x-forwarded-client-cert'],
    ['envoy', 'no Cert', envoy(`Hash=${hashOf(CLIENT)}`), UNTRUSTED, 'has no cert'],
    ['envoy', 'no Hash', envoy(`Cert="${encodedPem(CLIENT)}"`), UNTRUSTED, 'has no hash'],
    [
      'envoy',
      'another Hash',
      envoy(forwarded(CLIENT).replace(hashOf(CLIENT), hashOf(NEIGHBOUR))),
      UNTRUSTED,
      'different',
    ],
    ['envoy', 'another certificate', envoy(forwarded(NEIGHBOUR)), MISMATCH, fingerprintOf(NEIGHBOUR)],
    ['envoy', 'a chain alone', envoy(`Hash=${hashOf(CLIENT)};Chain="${encodedPem(CLIENT)}"`), UNTRUSTED, 'has no cert'],
    ['envoy', 'an element in front', envoy(`${forwarded(CLIENT)},${forwarded(NEIGHBOUR)}`), UNTRUSTED, 'SANITIZE_SET'],
    ['envoy', 'an element behind', envoy(`${forwarded(NEIGHBOUR)},${forwarded(CLIENT)}`), UNTRUSTED, 'SANITIZE_SET'],
    [
      'envoy',
      'a Cert within a URI',
      envoy(`${forwarded(NEIGHBOUR)};URI=a;Cert="${encodedPem(CLIENT)}"`),
      UNTRUSTED,
      'more than one cert',
    ],
    [
      'envoy',
      'a Cert within a URI, and none of its own',
      envoy(`Hash=${hashOf(NEIGHBOUR)};URI=a;Cert="${encodedPem(CLIENT)}"`),
      UNTRUSTED,
      'different',
    ],
    [
      'envoy',
      'both within a URI',
      envoy(`Hash=${hashOf(NEIGHBOUR)};URI=a;${forwarded(CLIENT)}`),
      UNTRUSTED,
      'more than one hash',
    ],
    [
      'envoy',
      'a Cert within a subject',
      envoy(`Hash=${hashOf(CLIENT)};Subject="CN=\\";Cert=\\"${encodedPem(CLIENT)}"`),
      UNTRUSTED,
      'has no cert',
    ],
    ['envoy', 'an open quote', envoy(`${forwarded(CLIENT)};Subject="CN=a`), UNTRUSTED, 'SANITIZE_SET'],
    ['alb', 'no header', [], MISSING, 'x-amzn-mtls-clientcert-leaf'],
    ['alb', 'the header of passthrough', passthrough(encodedByAws(CLIENT)), MISSING, 'x-amzn-mtls-clientcert-leaf'],
    ['alb', 'no certificate', alb('a'), UNTRUSTED, 'URL-encoded PEM'],
    ['alb', 'an encoding that is none', alb(`${encodedPem(CLIENT)}%`), UNTRUSTED, 'URL-encoded PEM'],
    ['alb', 'plain PEM on one line', alb(CLIENT.cert.replaceAll('\n', ' ')), UNTRUSTED, 'URL-encoded PEM'],
    [
      'alb',
      'joined certificates',
      alb(`${encodedPem(CLIENT)}, ${encodedPem(NEIGHBOUR)}`),
      UNTRUSTED,
      'URL-encoded PEM',
    ],
    ['alb', 'two headers', [...alb(encodedPem(CLIENT)), ...alb(encodedPem(CLIENT))], UNTRUSTED, 'is repeated'],
    ['alb', 'another certificate', alb(encodedByAws(NEIGHBOUR)), MISMATCH, fingerprintOf(NEIGHBOUR)],
    [
      'alb-passthrough',
      'it further down the chain',
      passthrough(encodedPem(NEIGHBOUR) + encodedPem(CLIENT)),
      MISMATCH,
      fingerprintOf(NEIGHBOUR),
    ],
  ])('is refused from %s with %s', (format, _, headers, reason, message) => {
    expect(verdictOn(from(PROXY, headers), behind(format))).toEqual({
      reason,
      message: expect.stringContaining(message),
    });
  });

  it('is refused from a load balancer that verifies nothing once it has expired, although it is pinned', () => {
    const pinned = { fingerprints: [fingerprintOf(EXPIRED_CLIENT)] };

    const verdict = verdictOn(from(PROXY, passthrough(encodedPem(EXPIRED_CLIENT))), behind('alb-passthrough', pinned));

    expect(verdict).toEqual({
      reason: UNTRUSTED,
      message: 'the certificate is valid from Jan  1 00:00:00 2020 GMT to Jan  1 00:00:00 2021 GMT only',
    });
  });

  it('is read from the header of that name, whatever the values of others are', () => {
    const headers: Headers = [['x-other', 'ssl-client-cert'], ...nginx('SUCCESS', CLIENT)];

    expect(verdictOn(from(PROXY, headers), behind('nginx'))).toBeUndefined();
  });

  it('is accepted from a load balancer that verifies nothing from the first second of its validity to the last', () => {
    const { validFrom, validTo } = new X509Certificate(CLIENT.cert);
    const [first, last] = [Date.parse(validFrom), Date.parse(validTo)];
    const clock = jest.spyOn(Date, 'now');
    const reasons = [first - 1, first, last, last + 1000].map((now) => {
      clock.mockReturnValue(now);
      return verdictOn(from(PROXY, passthrough(encodedPem(CLIENT))), behind('alb-passthrough'))?.reason;
    });
    clock.mockRestore();

    expect(reasons).toEqual([UNTRUSTED, undefined, undefined, UNTRUSTED]);
  });

  it('is missed from Envoy with the setting that makes Envoy send it', () => {
    expect(verdictOn(from(PROXY, envoy(`Hash=${hashOf(CLIENT)}`)), behind('envoy'))?.message).toBe(
      'x-forwarded-client-cert has no cert: Envoy needs set_current_client_cert_details with cert: true',
    );
  });

  it('needs no pin where the proxy verifies it', () => {
    expect(verdictOn(from(PROXY, nginx('SUCCESS', NEIGHBOUR)), behind('nginx', {}))).toBeUndefined();
    expect(verdictOn(from(PROXY, nginx('NONE', NEIGHBOUR)), behind('nginx', {}))).toBeDefined();
  });

  it('is that of the client, not the one by which the proxy itself connects', () => {
    const request = { ...overTls(CLIENT), rawHeaders: alb(encodedPem(NEIGHBOUR)).flat() };
    Object.defineProperty(request.socket, 'remoteAddress', { value: PROXY });

    expect(verdictOn(request, behind('alb'))).toMatchObject({ reason: MISMATCH });
    expect(verdictOn({ ...request, rawHeaders: [] }, behind('alb'))).toMatchObject({ reason: MISSING });
  });

  it.each(['nginx', 'envoy', 'alb', 'alb-passthrough'] as const)(
    'throws nothing but a rejection, whatever headers come from %s',
    (format) => {
      const names = [
        'ssl-client-cert',
        'x-forwarded-client-cert',
        'x-amzn-mtls-clientcert-leaf',
        'x-amzn-mtls-clientcert',
      ];
      const piece = fc.constantFrom(
        'Hash=',
        'Cert=',
        '"',
        '\\',
        ';',
        ',',
        '%',
        hashOf(CLIENT),
        encodedPem(CLIENT),
        'a',
      );
      const value = fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join('')),
      );

      fc.assert(
        fc.property(value, (text) => {
          const headers: Headers = [['ssl-client-verify', 'SUCCESS'], ...names.map((name): Headers[0] => [name, text])];
          verdictOn(from(PROXY, headers), behind(format));
        }),
      );
    },
  );

  it.each(['a="', 'a="\\', '"\\', 'a=;', 'a=', ';', '%'])('is read in linear time: %s', (text) => {
    const request = from(PROXY, envoy(`a="${text.repeat(200_000)}`));
    const startedAt = performance.now();

    expect(verdictOn(request, behind('envoy'))).toMatchObject({ reason: UNTRUSTED });
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

describe('the address of a proxy', () => {
  const headers = alb(encodedPem(CLIENT));
  const proxy = { from: ['10.0.0.7', '10.1.0.0/16', '2001:db8::/32'], format: 'alb' } as const;

  it.each(['10.0.0.7', '10.1.2.3', '::ffff:10.0.0.7', '2001:db8::1'])('is that of the connection: %s', (address) => {
    expect(verdictOn(from(address, headers), { proxy })).toBeUndefined();
  });

  it.each(['10.0.0.8', '10.2.0.1', '::ffff:10.0.0.8', '2001:db9::1', '127.0.0.1', undefined])(
    'makes the header of any other count as absent: %s',
    (address) => {
      expect(verdictOn(from(address, [...headers, ['x-forwarded-for', '10.0.0.7']]), { proxy })).toEqual({
        reason: 'client_certificate_missing',
        message: expect.stringContaining(
          `the connection comes from ${address ?? 'no address'}, which is not the proxy`,
        ),
      });
    },
  );

  it('is not taken from an object in place of a connection', () => {
    const socket = { remoteAddress: '10.0.0.7' } as Socket;

    expect(verdictOn({ socket, rawHeaders: headers.flat() }, { proxy })).toMatchObject({
      reason: 'client_certificate_missing',
    });
  });
});
