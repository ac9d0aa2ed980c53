/** Before this number of ms it was 1973: a smaller number is in seconds, which live captions may use. */
const LEAST_MILLISECONDS = 100_000_000_000;

/** A time of a callback in ms since the epoch, whether it came as a number, as text, in ms or in s. */
export function momentOf(time: number | string | null | undefined): number | undefined {
  const number = Number(time ?? 0);
  if (!Number.isFinite(number) || number <= 0) return undefined;
  return number < LEAST_MILLISECONDS ? number * 1000 : number;
}
