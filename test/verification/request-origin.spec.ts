import { describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type ClientCertificateOptions } from '../../lib/verification/client-certificate.options.js';
import { RequestOrigin } from '../../lib/verification/request-origin.js';
import { CLIENT, fingerprintOf, NEIGHBOUR } from '../mutual-tls/certificates.js';

describe('RequestOrigin', () => {
  const request = (method?: string) => ({ method, socket: new Socket() }) as unknown as IncomingMessage;
  const origin = (
    allowedAddresses: readonly string[] | false,
    requireClientCertificate: boolean | ClientCertificateOptions = false,
  ) => new RequestOrigin({ allowedAddresses, requireClientCertificate });

  it.each(['GET', 'post', undefined])('rejects the method %s', (method) => {
    expect(() => {
      origin(false).check(request(method), { ip: '192.0.2.1' });
    }).toThrow(
      expect.objectContaining({ reason: 'method_not_allowed', message: `callbacks are sent with POST, not ${method}` }),
    );
  });

  it('accepts any origin if nothing is demanded', () => {
    expect(() => {
      origin(false).check(request('POST'), {});
    }).not.toThrow();
  });

  it('checks the address and the certificate if they are demanded', () => {
    expect(() => {
      origin(['192.0.2.1']).check(request('POST'), { ip: '192.0.2.1' });
    }).not.toThrow();
    expect(() => {
      origin(['192.0.2.1']).check(request('POST'), { ip: '192.0.2.2' });
    }).toThrow(expect.objectContaining({ reason: 'address_not_allowed' }));
    expect(() => {
      origin(false, true).check(request('POST'), { ip: '192.0.2.1' });
    }).toThrow(expect.objectContaining({ reason: 'client_certificate_missing' }));
  });

  it('accepts every verified certificate with true, and with options only those that they name', () => {
    const socket = new TLSSocket(new Socket());
    const certificate = new X509Certificate(CLIENT.cert);
    Object.assign(socket, { authorized: true, getPeerX509Certificate: () => certificate });
    const check = (options: boolean | ClientCertificateOptions) => () => {
      origin(false, options).check({ method: 'POST', socket } as unknown as IncomingMessage, {});
    };

    expect(check(true)).not.toThrow();
    expect(check({ fingerprints: [fingerprintOf(CLIENT)] })).not.toThrow();
    expect(check({ fingerprints: [fingerprintOf(NEIGHBOUR)] })).toThrow(
      expect.objectContaining({ reason: 'client_certificate_mismatch' }),
    );
  });
});
