import { type Counter, type Histogram, type Meter } from '@opentelemetry/api';

/** Bounds of buckets in seconds: those that the HTTP conventions advise, and what a slow handler takes. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];

/** A verification takes a tenth of a millisecond. */
const STAGE_DURATIONS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, ...DURATIONS];

/** What is counted and measured of each callback. */
export interface CallbackInstruments {
  readonly outcomes: Counter;
  readonly duration: Histogram;
  readonly stageDuration: Histogram;
  readonly secretUses: Counter;
}

/** Makes the instruments. */
export function callbackInstruments(meter: Meter): CallbackInstruments {
  return {
    outcomes: meter.createCounter('video_callbacks.outcomes', {
      description: 'What became of callbacks, and of requests that are none.',
      unit: '{callback}',
    }),
    duration: meter.createHistogram('video_callbacks.duration', {
      description: 'From the guard to the outcome.',
      unit: 's',
      advice: { explicitBucketBoundaries: DURATIONS },
    }),
    stageDuration: meter.createHistogram('video_callbacks.stage.duration', {
      description: 'How long one stage took.',
      unit: 's',
      advice: { explicitBucketBoundaries: STAGE_DURATIONS },
    }),
    secretUses: meter.createCounter('video_callbacks.secret.uses', {
      description: 'Genuine callbacks by the secret that they were signed with; copies are not counted.',
      unit: '{callback}',
    }),
  };
}
