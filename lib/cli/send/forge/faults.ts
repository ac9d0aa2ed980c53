/** What an endpoint that accepts a hostile request gets wrong. */
export interface Fault {
  readonly title: string;
  /** `advice`: some endpoints accept this on purpose, and it cannot be used without the secret. */
  readonly severity: 'fault' | 'advice';
}

/** Every fault that the hostile requests can reveal, the gravest first. */
export const FAULTS = {
  token_not_required: { severity: 'fault', title: 'requests without a token are accepted: anybody can send them' },
  signature_not_verified: { severity: 'fault', title: 'the signature is not verified: anybody can make a token' },
  algorithm_not_pinned: {
    severity: 'fault',
    title: 'the algorithm is not pinned to HS256: the token itself decides how it is verified',
  },
  secret_guessable: { severity: 'fault', title: 'the secret can be guessed, or is not set: anybody can sign' },
  payload_not_verified: {
    severity: 'fault',
    title: 'the body is not held against payload_hash: one captured token authorises any body',
  },
  payload_hash_optional: {
    severity: 'fault',
    title: 'a token without a usable payload_hash is accepted: its body is not verified at all',
  },
  age_not_limited: { severity: 'fault', title: 'there is no age limit: a captured request can be replayed for ever' },
  future_accepted: { severity: 'fault', title: 'tokens from the future are accepted: they outlive the age limit' },
  kinds_not_separated: {
    severity: 'fault',
    title: 'the secret of another kind is accepted: one secret is enough to send every kind',
  },
  token_in_query_accepted: { severity: 'fault', title: 'a token in the address is accepted: addresses stand in logs' },
  issuer_not_checked: { severity: 'fault', title: 'the issuer is not checked: tokens of other services are accepted' },
  request_unhandled: { severity: 'fault', title: 'a hostile request was answered with 5xx: an unhandled case' },
  answer_unclear: {
    severity: 'fault',
    title: 'a hostile request was neither accepted nor refused: redirected, limited, or not answered',
  },
  project_not_checked: { severity: 'advice', title: 'the project is not checked: any api_key is accepted' },
  user_agent_not_checked: { severity: 'advice', title: 'the User-Agent is not checked' },
  token_id_not_checked: { severity: 'advice', title: 'tokens without jti are accepted: replays cannot be recognized' },
  expiry_not_honoured: { severity: 'advice', title: 'exp and nbf are not honoured (Vonage does not send them today)' },
  extensions_ignored: { severity: 'advice', title: 'a token that demands extensions (crit) is accepted' },
  spelling_tolerated: {
    severity: 'advice',
    title: 'several spellings of one signature are accepted: the text of a token is no identity',
  },
  scheme_not_checked: { severity: 'advice', title: 'the word before the token need not be Bearer' },
  repeated_header_accepted: {
    severity: 'advice',
    title: 'two Authorization headers are accepted: a proxy may have looked at the other one',
  },
  method_not_checked: { severity: 'advice', title: 'other methods than POST are answered with success' },
  body_reprinted: {
    severity: 'advice',
    title: 'the hash is taken of the parsed and printed body, not of its bytes: genuine callbacks may be refused',
  },
  body_not_checked: { severity: 'advice', title: 'bodies that are no JSON object are accepted' },
} as const satisfies Readonly<Record<string, Fault>>;

/** The stable name of a fault. */
export type FaultId = keyof typeof FAULTS;
