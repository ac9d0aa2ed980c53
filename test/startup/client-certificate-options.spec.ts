import { describe, expect, it } from '@jest/globals';
import { type VideoCallbacksOptions } from '../../lib/index.js';
import { checkOptions } from '../../lib/startup/options-check.js';

const SHA_256 = '0A:9F:'.repeat(15) + '0A:9F';
const SHA_1 = '0A:9F:'.repeat(9) + '0A:9F';
const PROXY = { from: ['10.0.0.7'], format: 'nginx' };

const check = (requireClientCertificate: unknown) =>
  checkOptions({ projects: { '1': 'secret' }, requireClientCertificate } as VideoCallbacksOptions);

describe('the option requireClientCertificate', () => {
  it.each<[unknown]>([
    [true],
    [false],
    [{ fingerprints: [SHA_256] }],
    [{ fingerprints: [SHA_256.replaceAll(':', '').toLowerCase(), SHA_256] }],
    [{ subject: { CN: 'a', O: 'b' }, issuer: { OU: ['a', 'b'] }, proxy: undefined }],
    [{ proxy: PROXY }],
    [{ proxy: { ...PROXY, from: ['10.0.0.0/08', '10.0.0.0/30'] } }],
    [{ proxy: { from: ['10.0.0.0/24', '2001:db8::1'], format: 'envoy' }, subject: { serialNumber: '1' } }],
    [{ proxy: { ...PROXY, format: 'alb-passthrough' }, fingerprints: [SHA_256], subject: { CN: 'a' } }],
  ])('may be %j', (value) => {
    expect(check(value).requireClientCertificate).toBe(value);
  });

  const FINGERPRINTS = 'it must be a list of SHA-256 fingerprints, each of 64 hex digits';
  const ADDRESSES = 'it must be a list of the addresses and CIDR ranges of the proxy itself';
  const VALUE = 'it must be a string, or a list of strings if the attribute occurs more than once.';

  it.each<[unknown, string]>([
    ...['yes', null, [SHA_256]].map((value): [unknown, string] => [
      value,
      'it must be true, false, or an object with fingerprints, subject, issuer, proxy.',
    ]),
    [{}, '"requireClientCertificate" demands nothing: give at least one of fingerprints, subject, issuer, proxy.'],
    [
      { fingerprint: SHA_256 },
      'there is no "requireClientCertificate.fingerprint": it can have fingerprints, subject,',
    ],
    [{ fingerprints: [] }, `"requireClientCertificate.fingerprints" is []: ${FINGERPRINTS}`],
    [{ fingerprints: SHA_256 }, `"requireClientCertificate.fingerprints" is "${SHA_256}": ${FINGERPRINTS}`],
    [{ fingerprints: [SHA_256, undefined] }, FINGERPRINTS],
    [{ fingerprints: [SHA_1] }, `'${SHA_1}' ]: ${FINGERPRINTS}`],
    [{ fingerprints: [SHA_256.slice(1)] }, FINGERPRINTS],
    [{ fingerprints: [`sha256 Fingerprint=${SHA_256}`] }, FINGERPRINTS],
    [{ fingerprints: [SHA_256.replace(':', '')] }, FINGERPRINTS],
    [{ fingerprints: [`${SHA_256}:00`] }, FINGERPRINTS],
    [{ fingerprints: ['x'.repeat(64)] }, FINGERPRINTS],
    [{ fingerprints: [`${SHA_256}:0A`] }, FINGERPRINTS],
    [{ fingerprints: [`${SHA_256.replaceAll(':', '')}0A`] }, FINGERPRINTS],
    [{ fingerprints: [SHA_256.replace('A', 'G')] }, FINGERPRINTS],
    [{ fingerprints: [SHA_256.replace('F', 'G')] }, FINGERPRINTS],
    [{ fingerprints: [SHA_256.replaceAll(':', '').replace('A', 'G')] }, FINGERPRINTS],
    [{ fingerprints: ['x'] }, '(openssl x509 -noout -fingerprint -sha256 -in certificate.pem).'],
    [{ fingerprints: null }, `"requireClientCertificate.fingerprints" is null: ${FINGERPRINTS}`],
    [{ subject: 'CN=a' }, '"requireClientCertificate.subject" is "CN=a": it must be an object with CN, O, OU, C,'],
    [{ subject: null }, '"requireClientCertificate.subject" is null: it must be an object with CN, O, OU, C,'],
    [{ subject: {} }, '"requireClientCertificate.subject" demands nothing: give at least one of CN, O,'],
    [{ issuer: { commonName: 'a' } }, 'there is no "requireClientCertificate.issuer.commonName": it can have CN, O,'],
    [{ issuer: { CN: '' } }, `"requireClientCertificate.issuer.CN" is "": ${VALUE}`],
    [{ subject: { CN: [] } }, `"requireClientCertificate.subject.CN" is []: ${VALUE}`],
    [{ subject: { CN: ['a', ''] } }, VALUE],
    [{ subject: { CN: ['a', 5] } }, VALUE],
    [{ subject: { CN: ['a', ''] } }, VALUE],
    [{ subject: { CN: /a/ } }, `"requireClientCertificate.subject.CN" is /a/: ${VALUE}`],
    [{ proxy: '10.0.0.7' }, '"requireClientCertificate.proxy" is "10.0.0.7": it must be an object with from, format.'],
    [{ proxy: { format: 'nginx' } }, `"requireClientCertificate.proxy.from" is undefined: ${ADDRESSES}`],
    [{ proxy: { ...PROXY, from: [] } }, `"requireClientCertificate.proxy.from" is []: ${ADDRESSES}`],
    [{ proxy: { ...PROXY, from: ['proxy.example.com'] } }, ADDRESSES],
    [{ proxy: { ...PROXY, from: ['10.0.0.7', '0.0.0.0/0'] } }, ADDRESSES],
    [{ proxy: { ...PROXY, from: ['::/0'] } }, ADDRESSES],
    [{ proxy: { ...PROXY, from: ['::ffff:0:0/96'] } }, ADDRESSES],
    [{ proxy: { ...PROXY, from: ['::/64'] } }, ADDRESSES],
    [{ proxy: { ...PROXY, from: ['10.0.0.7/00'] } }, ADDRESSES],
    [
      { proxy: { from: PROXY.from } },
      '"requireClientCertificate.proxy.format" is undefined: it must be "nginx", "envoy"',
    ],
    [{ proxy: { ...PROXY, format: 'haproxy' } }, '"requireClientCertificate.proxy.format" is "haproxy": it must be "n'],
    [{ proxy: { ...PROXY, format: 'toString' } }, '"requireClientCertificate.proxy.format" is "toString": it must be'],
    [{ proxy: { ...PROXY, header: 'x' } }, 'there is no "requireClientCertificate.proxy.header": it can have from, f'],
    [
      { proxy: { ...PROXY, format: 'alb-passthrough' }, subject: { CN: 'a' } },
      '"requireClientCertificate.fingerprints" is missing: nobody verifies the certificate with "alb-passthrough", so ' +
        'that only its fingerprint proves anything.',
    ],
  ])('may not be %j', (value, message) => {
    expect(() => check(value)).toThrow(
      expect.objectContaining({
        name: 'InvalidOptionError',
        option: 'requireClientCertificate',
        message: expect.stringContaining(message),
      }),
    );
  });
});
