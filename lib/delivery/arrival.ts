import { type GenuineCallbackOutcome } from '../telemetry/callback-observer.js';
import { type Violation } from '../callbacks/catalogue.js';
import { type StoredCallback } from './stored-callback.js';

/** A verified callback that has come to stage 3. */
export interface Arrival {
  /** Its identity: see {@link callbackIdentity}. */
  readonly id: string;
  readonly outcome: GenuineCallbackOutcome;
  readonly setAside: readonly Violation[];
  /** Runs the user's method, and whatever the application put around it. */
  handle(): Promise<unknown>;
  /** Aborts when the sender has hung up. */
  abandoned(): AbortSignal;
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
