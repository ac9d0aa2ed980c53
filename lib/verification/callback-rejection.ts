/**
 * Stable codes of all reasons to refuse a request as not genuine, as used in log fields, metric labels and
 * {@link CallbackRejection.reason}. The sender never learns them: each is answered with the same `401`.
 */
export const REJECTION_REASONS = [
  'method_not_allowed',
  'user_agent_mismatch',
  'address_not_allowed',
  'client_certificate_missing',
  'client_certificate_untrusted',
  'client_certificate_mismatch',
  'authorization_missing',
  'authorization_repeated',
  'authorization_malformed',
  'token_too_long',
  'token_malformed',
  'algorithm_not_allowed',
  'critical_header_unsupported',
  'project_missing',
  'project_unknown',
  'signature_mismatch',
  'issuer_mismatch',
  'issued_at_missing',
  'issued_in_future',
  'token_too_old',
  'token_expired',
  'token_not_yet_valid',
  'token_id_missing',
  'payload_hash_missing',
  'payload_hash_mismatch',
] as const;

/** One of {@link REJECTION_REASONS}. */
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** What is known about the token of a refused request. */
export interface RejectedToken {
  /** The project that the token names, if the token could be read. Unverified unless there is a `secretPosition`. */
  readonly projectId?: string;
  /** Which secret of the project's list made the signature, from 0; absent if none did. */
  readonly secretPosition?: number;
  /** The name of that secret, if it has one. */
  readonly secretName?: string;
  /** The token's id, if the signature is good. */
  readonly jti?: string;
  /** Age of the token in seconds, if the signature is good. */
  readonly age?: number;
}

/**
 * Thrown by {@link CallbackVerifier} if a request is not a genuine, intact and fresh callback. The message is for the
 * operator: it contains no secret, no token and no payload, but may name the project that the request claims to come
 * from.
 */
export class CallbackRejection extends Error {
  override readonly name = 'CallbackRejection';

  /** The project that the token names, if the token could be read. Unverified unless the signature is good. */
  get projectId(): string | undefined {
    return this.token.projectId;
  }

  constructor(
    /** The stable code of the check that failed. */
    readonly reason: RejectionReason,
    explanation: string,
    /** What is known about the token. */
    readonly token: RejectedToken = {},
  ) {
    super(explanation);
  }
}
