import { OwnFault } from '../verification/own-fault.js';

/** The signature secrets are unavailable. Our own fault, never the sender's. */
export class SecretsUnavailableError extends OwnFault {
  override readonly name = 'SecretsUnavailableError';
}
