import { type HrTime } from '@opentelemetry/api';

/** A moment or a duration in ms as OpenTelemetry takes it without guessing what kind of number it is. */
export function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}

/** A clock that does not jump: the time of day now, and what `performance.now()` counts from then on. */
export function startClock(): () => number {
  const offsetMs = Date.now() - performance.now();
  return () => offsetMs + performance.now();
}
