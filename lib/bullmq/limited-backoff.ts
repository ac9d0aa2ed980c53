/** The name under which BullMQ finds the default back-off. */
export const LIMITED_BACKOFF = 'video-callbacks';

/**
 * The pause after so many attempts, in ms: doubling from the first to the longest, each shortened at random by up to half,
 * so that what failed together does not come back together.
 */
export function limitedBackoff(attemptsMade: number, firstMs = 1000, longestMs = 15 * 60_000): number {
  const pauseMs = Math.min(firstMs * 2 ** (attemptsMade - 1), longestMs);
  return Math.round(pauseMs * (1 - Math.random() / 2));
}
