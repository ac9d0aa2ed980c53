import { type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { CallbackRejection } from './callback-rejection.js';

/**
 * Demands that the client proved itself with a certificate that this server's own authorities vouch for (mutual TLS
 * that Node terminates).
 *
 * `authorized` alone is not enough: Node also sets it on a resumed TLS 1.3 session in which no certificate was ever
 * shown.
 *
 * @throws {CallbackRejection} `client_certificate_missing`, `client_certificate_untrusted`
 */
export function checkClientCertificate(socket: Socket): void {
  if (!(socket instanceof TLSSocket) || socket.getPeerX509Certificate() === undefined) {
    throw new CallbackRejection(
      'client_certificate_missing',
      'the client showed no certificate (the HTTPS server asks for one only with requestCert: true)',
    );
  }
  if (!socket.authorized) {
    throw new CallbackRejection(
      'client_certificate_untrusted',
      "the client's certificate is not of an authority that this server trusts (option ca of the HTTPS server)",
    );
  }
}
