import { tracingChannel } from 'node:diagnostics_channel';
import { type TraceContext } from '../request/redelivery.js';
import {
  type CallbackOutcome,
  type CallbackOutcomeName,
  CHANNEL_PREFIX,
  type GenuineCallback,
} from './callback-outcome.js';

/**
 * The message of the tracing channel `nestjs-vonage-video-callbacks:handling`, which covers the handling of a verified
 * callback: claiming it, storing it, running its method. All events of one callback carry the same object. Subscribers
 * to `start` may set the members that are not `readonly`: it is published before anything else happens.
 */
export interface CallbackHandling extends Omit<CallbackOutcome, 'durations'>, GenuineCallback {
  /** When the guard saw the callback, in ms since the epoch. */
  readonly receivedAt: number;
  /** Whether it comes out of the inbox. */
  readonly isRedelivery: boolean;
  /** When a callback arrives, fill it: it is stored with the callback. At a redelivery it contains what was stored. */
  readonly traceContext: TraceContext;
  /** How it ended. Set in `asyncEnd` and `error`. */
  outcome: CallbackOutcomeName | undefined;
  /**
   * A subscriber can set it to run the handling inside a function of its own, for example to make a context current.
   */
  runIn: (<Result>(run: () => Result) => Result) | undefined;
}

const handlingChannel = tracingChannel<unknown, CallbackHandling>(`${CHANNEL_PREFIX}handling`);

/** Runs the handling of a callback, and publishes its events if there are subscribers. */
export function traceHandling<Result>(handling: () => CallbackHandling, run: () => Promise<Result>): Promise<Result> {
  if (!handlingChannel.hasSubscribers) return run();
  const message = handling();
  return handlingChannel.tracePromise(() => (message.runIn === undefined ? run() : message.runIn(run)), message);
}
