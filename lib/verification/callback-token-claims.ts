/**
 * The claims of a callback's token, as they were signed. Source: "Secure callbacks" and "Webhooks: decoding signed
 * webhooks" of Vonage's documentation; the claim names are theirs.
 */
export interface CallbackTokenClaims {
  /** When the token was issued, in **seconds** since the epoch. */
  readonly iat: number;
  /** Unique per token. A retry of the same callback may carry another one. */
  readonly jti: string;
  /** Always `Vonage`. */
  readonly iss: 'Vonage';
  /** SHA-256 of the body in hex. Absent only where `verifyPayload` is off and the sender left it out. */
  readonly payload_hash?: string;
  /**
   * The OpenTok project key or the Vonage account key; a number is tolerated. Attested only if it is the project whose
   * secret matched: a sender who has one project's secret can sign any text here.
   */
  readonly api_key?: string | number;
  /** The Vonage application (UUID), where one was used. Attested only if it is the project whose secret matched. */
  readonly application_id?: string;
  /** End of validity in **seconds** since the epoch. Not sent as of 2026; honoured if it appears. */
  readonly exp?: number;
  /** Begin of validity in **seconds** since the epoch. Not sent as of 2026; honoured if it appears. */
  readonly nbf?: number;
  readonly [claim: string]: unknown;
}
