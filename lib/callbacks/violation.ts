/**
 * A field of a payload that does not fit. It names the place and the expectation, never the value that was found:
 * payloads carry secrets and personal data, and violations are logged.
 */
export interface Violation {
  /** Where, for example `stream.connection.id` or `streams[0].streamId`. */
  readonly path: string;
  /** What was expected there, for example `streamId must be a string`. */
  readonly message: string;
}
