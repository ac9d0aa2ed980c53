import { type Violation } from '../callbacks/catalogue.js';
import { describeViolations } from '../telemetry/log-text.js';
import { OwnFault } from '../verification/own-fault.js';

/** Thrown within this folder: the body of a genuine callback cannot be used. */
export class UnusableBody extends OwnFault {
  override readonly name = 'UnusableBody';
  /** `ERR_CALLBACKS_UNUSABLE_BODY` */
  override readonly code = 'ERR_CALLBACKS_UNUSABLE_BODY';

  constructor(
    /** The HTTP status that says so. */
    readonly status: 400 | 408 | 413 | 415,
    readonly violations: readonly Violation[],
    /** The exact bytes, where they are complete. */
    readonly rawBody?: Buffer,
  ) {
    super(describeViolations(violations));
  }
}
