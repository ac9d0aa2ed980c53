import { type IncomingMessage } from 'node:http';
import { CallbackRejection } from './callback-rejection.js';
import { ClientCertificateCheck } from './client-certificate.js';
import { type ClientCertificateOptions } from './client-certificate.options.js';
import { SourceAddresses } from './source-addresses.js';

/** Options of {@link RequestOrigin}. */
interface RequestOriginOptions {
  /** Addresses and CIDR ranges; `false` accepts any. */
  readonly allowedAddresses: readonly string[] | false;
  /** `true` accepts every verified certificate. */
  readonly requireClientCertificate: boolean | ClientCertificateOptions;
}

/** Checks where a request comes from, apart from its token. */
export class RequestOrigin {
  private readonly addresses: SourceAddresses | undefined;
  private readonly certificate: ClientCertificateCheck | undefined;

  /** @throws {TypeError} if an entry of a list of addresses is neither an address nor a range */
  constructor({ allowedAddresses, requireClientCertificate }: RequestOriginOptions) {
    this.addresses = allowedAddresses === false ? undefined : new SourceAddresses(allowedAddresses);
    this.certificate =
      requireClientCertificate === false
        ? undefined
        : new ClientCertificateCheck(requireClientCertificate === true ? {} : requireClientCertificate);
  }

  /**
   * @param platform the platform's request, whose `ip` is the client's address with `trust proxy` applied
   * @throws {CallbackRejection} `method_not_allowed`, `address_not_allowed`, `client_certificate_missing`,
   *   `client_certificate_untrusted`, `client_certificate_mismatch`
   */
  check(request: IncomingMessage, platform: { readonly ip?: string }): void {
    // Vonage sends POST only; a route may be mapped to every method.
    if (request.method !== 'POST') {
      throw new CallbackRejection('method_not_allowed', `callbacks are sent with POST, not ${String(request.method)}`);
    }
    // Express computes the address at each access.
    this.addresses?.check(platform.ip);
    this.certificate?.check(request);
  }
}
