import { type RejectionReason } from './rejection-reason.js';

/**
 * Thrown by {@link CallbackVerifier} for a request that is not a genuine, intact and fresh callback. Its message is
 * written for the operator: it holds no secret, no token and no payload, but may name the project that the request
 * claims to come from.
 */
export class CallbackRejection extends Error {
  override readonly name = 'CallbackRejection';

  constructor(
    /** The stable code of the check that failed. */
    readonly reason: RejectionReason,
    explanation: string,
    /** The project that the token names, if it got that far; unverified unless the signature was found good. */
    readonly projectId?: string,
  ) {
    super(explanation);
  }
}
