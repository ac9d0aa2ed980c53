import { type RejectionReason } from './rejection-reason.js';
import { suspendStackTraces } from './stack-trace.js';

/** What is known of the token of a request that is refused. */
export interface RejectedToken {
  /** The project that the token names, if it got that far; unverified unless there is a `secretPosition`. */
  readonly projectId?: string;
  /** Which secret of the project's list made the signature, from 0; absent if none did. */
  readonly secretPosition?: number;
  /** The token's id, if the signature is good. */
  readonly jti?: string;
  /** Age of the token in seconds, if the signature is good. */
  readonly age?: number;
}

/**
 * Thrown by {@link CallbackVerifier} for a request that is not a genuine, intact and fresh callback. Its message is
 * written for the operator: it holds no secret, no token and no payload, but may name the project that the request
 * claims to come from. It has no stack trace, which would say nothing that the reason does not.
 */
export class CallbackRejection extends Error {
  override readonly name = 'CallbackRejection';

  /** The project that the token names, if it got that far; unverified unless the signature was found good. */
  get projectId(): string | undefined {
    return this.token.projectId;
  }

  constructor(
    /** The stable code of the check that failed. */
    readonly reason: RejectionReason,
    explanation: string,
    /** What is known of the token. */
    readonly token: RejectedToken = {},
  ) {
    const resume = suspendStackTraces();
    super(explanation);
    resume();
  }
}
