import { type IncomingMessage } from 'node:http';
import { type CallbackOfKind, type Violation } from '../callbacks/catalogue.js';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { type DeliveryAttempt } from './delivery-attempt.js';
import { privateMember } from './private-member.js';
import { type StageClock } from './stage-clock.js';
import { type VerifiedToken } from '../verification/callback-verifier.js';

/** What the payload of a callback turned out to be. */
export interface CallbackContent {
  /** The exact bytes that were signed. */
  readonly rawBody: Buffer;
  /** SHA-256 of the bytes in lower-case hex. */
  readonly bodyHash: string;
  /** The whole JSON object, without `__proto__` members. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Whether a body that is not the signed one would have been refused. */
  readonly isIntact: boolean;
  /** The validated DTO of the kind. */
  readonly callback: CallbackOfKind[VideoCallbackKind];
  /** Optional fields that the DTO does not have because their value did not fit. */
  readonly setAside: readonly Violation[];
}

/** A callback on its way to the handler: begun by the guard, completed by the raw-body interceptor. */
export interface ReceivedCallback {
  readonly token: VerifiedToken;
  readonly attempt: DeliveryAttempt;
  readonly clock: StageClock;
  readonly content?: CallbackContent;
}

// Private to this file: no header, body or middleware can put a callback here.
const callbacks = privateMember<ReceivedCallback>();

/** Remembers that the sender of this request is verified. */
export function receive(request: IncomingMessage, callback: ReceivedCallback): void {
  callbacks.set(request, callback);
}

/** The callback that this request carries, if its sender is verified. */
export function receivedCallback(request: IncomingMessage): ReceivedCallback | undefined {
  return callbacks.get(request);
}
