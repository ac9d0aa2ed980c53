import { type VideoCallbackKind } from '../../../callbacks/callback-kind.js';
import { type Payload } from '../payload.js';

/** One callback of a scenario. */
export interface ScenarioStep {
  /** When it happens, in seconds since the beginning. */
  readonly at: number;
  readonly kind: VideoCallbackKind;
  readonly event: string;
  /** What happens, for the reader. */
  readonly about: string;
  readonly payload: Payload;
}
