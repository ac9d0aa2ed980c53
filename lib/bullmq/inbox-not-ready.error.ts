import { OwnFault } from '../verification/own-fault.js';

/** Redis cannot take a callback now: it was not reached yet, or does not confirm what it was given. */
export class InboxNotReadyError extends OwnFault {
  override readonly name = 'InboxNotReadyError';
}
