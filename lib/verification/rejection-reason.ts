/**
 * Every reason for which a request is refused as not genuine, as stable codes: they are log fields, metric labels and
 * what {@link CallbackRejection.reason} carries. The sender never learns them; every one of them is answered with the
 * same `401`.
 */
export const REJECTION_REASONS = [
  'method_not_allowed',
  'user_agent_mismatch',
  'address_not_allowed',
  'client_certificate_missing',
  'client_certificate_untrusted',
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
