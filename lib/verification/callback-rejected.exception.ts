import { UnauthorizedException } from '@nestjs/common';
import { type RejectionReason } from './callback-rejection.js';

/**
 * A request that is not genuine. HTTP 401, the same bytes for every reason; the reason is for the operator.
 */
export class CallbackRejectedException extends UnauthorizedException {
  override readonly name = 'CallbackRejectedException';

  constructor(
    /** Which check failed: for an exception filter, a log, a metric. The answer does not hold it. */
    readonly reason: RejectionReason,
  ) {
    super();
  }
}
