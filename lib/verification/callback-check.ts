import { type RejectionReason } from './callback-rejection.js';

/** Stable codes of all checks of a request, in the order in which they are made. */
export const CALLBACK_CHECKS = [
  'user_agent',
  'authorization',
  'token_form',
  'algorithm',
  'critical_header',
  'project',
  'signature',
  'issuer',
  'issued_at',
  'expiry',
  'not_before',
  'token_id',
  'payload_hash_claimed',
  'payload_hash',
] as const;

/** One of {@link CALLBACK_CHECKS}. */
export type CallbackCheckName = (typeof CALLBACK_CHECKS)[number];

/** One check of a request, and how it ended. */
export interface CallbackCheck {
  /** Which check it is. */
  readonly name: CallbackCheckName;
  /** How it ended; `skipped` if it could not be made. */
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why the request is refused, if the check failed. */
  readonly reason?: RejectionReason;
  /** What is wrong, or why the check was skipped, for the operator. Contains no secret, no token and no payload. */
  readonly explanation?: string;
}
