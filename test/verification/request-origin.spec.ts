import { describe, expect, it } from '@jest/globals';
import { type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { RequestOrigin } from '../../lib/verification/request-origin.js';

describe('RequestOrigin', () => {
  const request = (method?: string) => ({ method, socket: new Socket() }) as unknown as IncomingMessage;
  const origin = (allowedAddresses: readonly string[] | false, requireClientCertificate = false) =>
    new RequestOrigin({ allowedAddresses, requireClientCertificate });

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
});
