import { tracingChannel } from 'node:diagnostics_channel';
import { type TraceContext } from '../request/redelivery.js';
import {
  type CallbackOutcome,
  type CallbackOutcomeName,
  CHANNEL_PREFIX,
  type GenuineCallback,
} from './callback-outcome.js';

/**
 * The message of the tracing channel `nestjs-vonage-video-callbacks:handling`, around all that is done with a verified
 * callback: claiming it, storing it, running its method. The same object in each of the channel's events; what is not
 * `readonly` is for subscribers to `start`, before which nothing has happened.
 */
export interface CallbackHandling extends Omit<CallbackOutcome, 'durations'>, GenuineCallback {
  /** When the guard saw the callback, in ms since the epoch. */
  readonly receivedAt: number;
  /** Whether it comes out of the inbox. */
  readonly isRedelivery: boolean;
  /** At the arrival to be filled, so that it is stored with the callback; at a redelivery what was stored. */
  readonly traceContext: TraceContext;
  /** How it ended; not known before `asyncEnd` or `error`. */
  outcome: CallbackOutcomeName | undefined;
  /** Set by a subscriber, what is done runs inside of it: to make a context current, for example. */
  runIn: (<Result>(run: () => Result) => Result) | undefined;
}

const handlingChannel = tracingChannel<unknown, CallbackHandling>(`${CHANNEL_PREFIX}handling`);

/** Runs what is done with a callback, with its events around it if there are subscribers. */
export function traceHandling<Result>(handling: () => CallbackHandling, run: () => Promise<Result>): Promise<Result> {
  if (!handlingChannel.hasSubscribers) return run();
  const message = handling();
  return handlingChannel.tracePromise(() => (message.runIn === undefined ? run() : message.runIn(run)), message);
}
