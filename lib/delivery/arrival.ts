import { type Violation } from '../callbacks/catalogue.js';
import { type StageClock } from '../request/stage-clock.js';
import { type TraceContext } from '../request/trace-context.js';
import { type CallbackReport } from '../telemetry/callback-report.js';
import { type StoredCallback } from './inbox/stored-callback.js';

/** A callback whose sender and content were found good. */
export interface Arrival {
  /** Its identity: see {@link callbackIdentity}. */
  readonly id: string;
  /** Tells what becomes of it. */
  readonly report: CallbackReport;
  readonly clock: StageClock;
  readonly setAside: readonly Violation[];
  /** Runs the user's method, and whatever the application put around it. */
  handle(): Promise<unknown>;
  /** Aborts when the sender has hung up. */
  abandoned(): AbortSignal;
  /** What an instrumentation wants to find again at a redelivery, once the handling is being traced. */
  readonly traceContext: TraceContext;
  /** The callback in the form in which it is stored. */
  toStored(): StoredCallback;
}

/** What is done with a callback that arrived: the ways differ in what they remember and store. */
export interface DeliveryWay {
  /** For the start-up log: how duplicates are handled. */
  readonly description: string;
  /** Resolves with what the method returned, or with `undefined` where it did not run. */
  deliver(arrival: Arrival): Promise<unknown>;
}

/** Injection token of the {@link DeliveryWay} that the options chose. */
export const DELIVERY_WAY = Symbol('VideoCallbacksModule: delivery way');
