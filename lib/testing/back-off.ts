/** First wait before a retry, in ms. */
const FIRST_WAIT_MS = 5_000;
/** Longest wait before a retry, in ms. */
const LONGEST_WAIT_MS = 15 * 60_000;
/** How long a callback is retried, in ms. */
const WINDOW_MS = 24 * 3_600_000;

/**
 * The waits before each retry of a callback that could not be delivered, in ms: 5 s, doubling to 15 min, for 24 h.
 * Source: Vonage support, "What happens to the callback events if my application server goes down?".
 */
export function* retryWaits(): Generator<number, void> {
  let waitedMs = 0;
  for (let waitMs = FIRST_WAIT_MS; waitedMs + waitMs <= WINDOW_MS; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    yield waitMs;
    waitedMs += waitMs;
  }
}
