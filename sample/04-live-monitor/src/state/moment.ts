/** Before this number of ms it was 1973: a smaller number is in seconds, which live captions may use. */
const LEAST_MILLISECONDS = 100_000_000_000;

/** A time of a callback in ms since the epoch, whether it came in ms or in s. */
export function momentOf(time: number | undefined): number | undefined {
  if (time === undefined || time <= 0) return undefined;
  return time < LEAST_MILLISECONDS ? time * 1000 : time;
}
