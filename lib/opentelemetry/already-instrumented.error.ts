import { OwnFault } from '../verification/own-fault.js';

/** `instrumentVideoCallbacks()` was called again: each callback would be counted twice. */
export class AlreadyInstrumentedError extends OwnFault {
  override readonly name = 'AlreadyInstrumentedError';
  /** `ERR_CALLBACKS_ALREADY_INSTRUMENTED` */
  override readonly code = 'ERR_CALLBACKS_ALREADY_INSTRUMENTED';

  constructor() {
    super(
      'instrumentVideoCallbacks() was called before: call it once per process, or dispose() what the first call returned.',
    );
  }
}
