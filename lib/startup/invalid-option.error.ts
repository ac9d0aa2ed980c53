import { OwnFault } from '../verification/own-fault.js';

/** An option, or the way the module is used, that cannot work: the message says what it is and how to fix it. */
export class InvalidOptionError extends OwnFault {
  override readonly name = 'InvalidOptionError';
  /** `ERR_CALLBACKS_INVALID_OPTION` */
  override readonly code = 'ERR_CALLBACKS_INVALID_OPTION';

  constructor(
    /** The option's name; `module`, `platform` or `route` where it is none. */
    readonly option: string,
    problem: string,
  ) {
    super(`VideoCallbacksModule: ${problem}`);
  }
}
