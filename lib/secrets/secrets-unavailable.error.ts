import { OwnFault } from '../verification/own-fault.js';

/** The signature secrets cannot be had at the moment. Our own fault, never the sender's. */
export class SecretsUnavailableError extends OwnFault {
  override readonly name = 'SecretsUnavailableError';
}
