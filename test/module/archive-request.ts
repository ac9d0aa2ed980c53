import { PAYLOADS } from '../support/payloads.js';
import { signed, type SignedRequest, type SigningOptions } from '../support/signer.js';

/** A genuine archive callback, with deviations on demand. */
export function archiveRequest(options?: SigningOptions): SignedRequest {
  return signed(PAYLOADS.archive, options);
}

/** The same, signed with an unknown secret. */
export function forgedArchiveRequest(): SignedRequest {
  return archiveRequest({ secret: 'a secret that is not configured!' });
}
