import { type TraceContext } from '../../request/redelivery.js';
import { type VerifiedToken } from '../../verification/callback-verifier.js';

/** The format of {@link StoredCallback} that this version writes, and the newest that it reads. */
export const STORED_FORMAT = 1;

/**
 * A verified callback as an inbox stores it: plain JSON. It holds the payload, hence perhaps an archive's password: who
 * can read the store can read it.
 */
export interface StoredCallback {
  /** Version of this format. Version 0.1.0 of this package left it out: that is format 1. */
  readonly format: typeof STORED_FORMAT;
  /** The callback's identity: two requests with the same are the same callback. */
  readonly id: string;
  /** What was verified when it was received. */
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
  /** What an instrumentation needs when it is delivered. */
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
