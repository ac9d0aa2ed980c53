import { type VerifiedToken } from '../verification/callback-verifier.js';

/** Which attempt at handling a callback this is. */
export interface DeliveryAttempt {
  /** Counted from 1. */
  readonly attempt: number;
  /** After how many failed attempts the callback is given up. 1 where callbacks are not stored. */
  readonly of: number;
  /** When the callback was first received. */
  readonly firstReceivedAt: Date;
}

/** A {@link DeliveryAttempt}, under the name that the decorator leaves to it. */
export type CallbackAttempt = DeliveryAttempt;

/** A value as well, so that the signature of a decorated method can name the type (`isolatedModules`). */
export const CallbackAttempt: abstract new () => object = Object;

/**
 * What an instrumentation wants to find again when a stored callback is delivered, as the headers of W3C Trace Context
 * (`traceparent`, `tracestate`). Stored with the callback.
 */
export type TraceContext = Record<string, string>;

/**
 * How far the delivery of a stored callback came: `sent` to this application; `reached` the guard of a `@VideoCallback`
 * method; its method `completed`; or it `failed`, or its body is `unusable`, which was reported.
 */
export type RedeliveryState = 'sent' | 'reached' | 'completed' | 'failed' | 'unusable';

/** A stored callback on its way to its method, in a request that never went over a network. */
export interface Redelivery {
  /** The identity under which it was stored. */
  readonly id: string;
  /** What was verified when the callback was received. */
  readonly token: VerifiedToken;
  readonly attempt: DeliveryAttempt;
  /** What an instrumentation stored with it. */
  readonly traceContext: TraceContext;
  state: RedeliveryState;
  /** Why the method did not complete: what it threw, or why it was not called. Absent as long as that is not known. */
  failure?: unknown;
}
