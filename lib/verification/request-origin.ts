import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { CallbackRejection } from './callback-rejection.js';
import { SourceAddresses } from './source-addresses.js';

/** What {@link RequestOrigin} demands. */
interface RequestOriginOptions {
  /** Addresses and CIDR ranges; `false` accepts any. */
  readonly allowedAddresses: readonly string[] | false;
  readonly requireClientCertificate: boolean;
}

/** Checks where a request comes from, apart from its token. */
export class RequestOrigin {
  private readonly addresses: SourceAddresses | undefined;
  private readonly requireClientCertificate: boolean;

  /** @throws {TypeError} if an entry of `allowedAddresses` is no address and no range */
  constructor({ allowedAddresses, requireClientCertificate }: RequestOriginOptions) {
    this.addresses = allowedAddresses === false ? undefined : new SourceAddresses(allowedAddresses);
    this.requireClientCertificate = requireClientCertificate;
  }

  /**
   * @param platform the platform's request, whose `ip` is the client's address as `trust proxy` has it
   * @throws {CallbackRejection} `method_not_allowed`, `address_not_allowed`, `client_certificate_missing`,
   *   `client_certificate_untrusted`
   */
  check(request: IncomingMessage, platform: { readonly ip?: string }): void {
    // Vonage sends POST only; a route may be mapped to every method.
    if (request.method !== 'POST') {
      throw new CallbackRejection('method_not_allowed', `callbacks are sent with POST, not ${String(request.method)}`);
    }
    // Express works the address out at each look.
    this.addresses?.check(platform.ip);
    if (this.requireClientCertificate) checkClientCertificate(request.socket);
  }
}

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
