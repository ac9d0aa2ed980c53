import { type VerifiedToken } from '../verification/callback-verifier.js';

/** Which attempt at handling a callback this is. */
export interface DeliveryAttempt {
  /** Counted from 1. */
  readonly attempt: number;
  /** After how many failed attempts the callback is given up. 1 where callbacks are not stored. */
  readonly of: number;
  /** When the callback first arrived. */
  readonly firstReceivedAt: Date;
}

/** The type {@link DeliveryAttempt}, under the same name as the decorator. */
export type CallbackAttempt = DeliveryAttempt;

/** Exists as a value too, so that the signature of a decorated method can name the type with `isolatedModules`. */
export const CallbackAttempt: abstract new () => object = Object;

/**
 * The headers of W3C Trace Context (`traceparent`, `tracestate`) that an instrumentation needs when a stored callback
 * is delivered. Stored with the callback.
 */
export type TraceContext = Record<string, string>;

/**
 * The progress of delivering a stored callback: `sent` to this application; it `reached` the guard of a
 * `@VideoCallback` method; its method `completed`; or it `failed`, or its body is `unusable`. The last two were
 * reported.
 */
export type RedeliveryState = 'sent' | 'reached' | 'completed' | 'failed' | 'unusable';

/** A stored callback on its way to its method, in a request inside the process. */
export interface Redelivery {
  /** The identity under which it was stored. */
  readonly id: string;
  /** What was verified when the callback was received. */
  readonly token: VerifiedToken;
  readonly attempt: DeliveryAttempt;
  /** What an instrumentation stored with it. */
  readonly traceContext: TraceContext;
  state: RedeliveryState;
  /** Why the method did not complete: what it threw, or why it was not called. Absent until that is known. */
  failure?: unknown;
}
