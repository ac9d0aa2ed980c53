import { UnauthorizedException } from '@nestjs/common';
import { type RejectionReason } from './callback-rejection.js';

/**
 * A request that is not genuine. Answered with HTTP 401 and the same bytes for every reason: only the operator learns
 * the reason.
 */
export class CallbackRejectedException extends UnauthorizedException {
  override readonly name = 'CallbackRejectedException';

  constructor(
    /** Which check failed, for an exception filter, a log or a metric. It is not part of the answer. */
    readonly reason: RejectionReason,
  ) {
    super();
  }
}
