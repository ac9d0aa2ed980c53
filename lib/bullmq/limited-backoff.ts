/** The name under which BullMQ finds {@link limitedBackoff}. */
export const LIMITED_BACKOFF = 'video-callbacks';

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15 * 60_000;

/**
 * The pause after so many attempts, in ms: 1 s, doubling to 15 min, each shortened at random by up to half, so that what
 * failed together does not come back together.
 */
export function limitedBackoff(attemptsMade: number): number {
  const pause = Math.min(FIRST_PAUSE * 2 ** (attemptsMade - 1), LONGEST_PAUSE);
  return Math.round(pause * (1 - Math.random() / 2));
}
