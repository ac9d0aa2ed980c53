import { type TraceContext } from '../request/trace-context.js';
import { type VerifiedToken } from '../verification/callback-verifier.js';

/**
 * A verified callback as an inbox stores it: plain JSON. It holds the payload, hence perhaps an archive's password: who
 * can read the store can read it.
 */
export interface StoredCallback {
  /** The callback's identity: two requests with the same are the same callback. */
  readonly id: string;
  /** What was verified at the door. */
  readonly token: VerifiedToken;
  /** The exact bytes of the body, in Base64. */
  readonly body: string;
  /** The request that brought it, without `authorization`, `cookie` and the headers of its connection. */
  readonly request: StoredRequest;
  /** When it was first received, in ms since the epoch. */
  readonly receivedAt: number;
  /** The handler that it was sent to, as `VideoController.onArchive`, for the operator. */
  readonly route: string;
  /** The client's address, if it was known, for the operator. */
  readonly address?: string;
  /** What an instrumentation wants to find again when it is delivered. */
  readonly traceContext?: TraceContext;
}

/** The part of a request that is needed to deliver it again. */
export interface StoredRequest {
  /** Path and query, as they were sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** The address of the peer of the connection. */
  readonly remoteAddress: string;
}
