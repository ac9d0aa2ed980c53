import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { type Violation } from '../../callbacks/catalogue.js';
import { type VerifiedRequest } from '../../verification/callback-verifier.js';

/** A request that arrived, read or not. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes, or the status that says why they were not read. */
  readonly body: Buffer | 408 | 413;
}

/** What the receiver makes of a request. */
export interface Receipt {
  readonly at: Date;
  readonly request: ReceivedRequest;
  /** The HTTP status of the answer. */
  readonly status: 204 | 400 | 401 | 405 | 408 | 413 | 500;
  /** Why it was refused: one of the library's reasons, or one of the receiver's own. */
  readonly reason?: string;
  readonly explanation?: string;
  /** Present for genuine callbacks. */
  readonly genuine?: {
    readonly kind: VideoCallbackKind;
    readonly verified: VerifiedRequest;
    readonly payload: unknown;
  };
  /** What of a genuine payload could not be used. */
  readonly violations?: readonly Violation[];
}
