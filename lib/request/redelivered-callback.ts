import { type ExecutionContext } from '@nestjs/common';
import { type IncomingMessage } from 'node:http';
import { type VerifiedToken } from '../verification/callback-verifier.js';
import { type DeliveryAttempt } from './delivery-attempt.js';
import { nodeRequest } from './platform-request.js';
import { privateMember } from './private-member.js';
import { type TraceContext } from './trace-context.js';

/** A stored callback on its way to its method, in a request that never went over a network. */
export interface RedeliveredCallback {
  /** What was verified when the callback was received. */
  readonly token: VerifiedToken;
  readonly attempt: DeliveryAttempt;
  /** What an instrumentation stored with it. */
  readonly traceContext: TraceContext;
  /** Whether the method completed. An exception filter may answer 200 to a failure, so the status does not show it. */
  isCompleted: boolean;
  /** Whether the request came to the guard of a `@VideoCallback` method at all. */
  isReached: boolean;
  /** Whether it was reported how this attempt ended. */
  isReported: boolean;
  /** Whether its body cannot be used, so that another attempt will end in the same way. */
  isUnusable: boolean;
  /** Why the method did not complete: what it threw, or why it was not called. Absent as long as that is not known. */
  failure?: unknown;
}

// Private to this file, as is what a request carries: nothing that is sent over HTTP can put a callback here.
const redelivered = privateMember<RedeliveredCallback>();

/** Marks a request that this process made itself as the delivery of a stored callback. */
export function markAsRedelivered(request: IncomingMessage, callback: RedeliveredCallback): void {
  redelivered.set(request, callback);
}

/** The stored callback that this request delivers, if it does. */
export function redeliveredCallback(request: IncomingMessage): RedeliveredCallback | undefined {
  return redelivered.get(request);
}

/**
 * Whether a request is the delivery of a callback that was stored before. Then it carries no `Authorization` and was
 * counted when it arrived: a throttler or a guard of the application lets it pass.
 */
export function isDelivery(context: ExecutionContext): boolean {
  return redelivered.get(nodeRequest(context)) !== undefined;
}
