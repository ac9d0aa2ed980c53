/** How long an answer is remembered, in ms. */
const REMEMBERED = 1000;

/**
 * Asks something at most once at a time, and not again for a second after it was answered: an endpoint of a health check
 * may be public, and must not hand every request on to a store.
 */
export class SharedProbe<Answer> {
  private latest: Promise<Answer> | undefined;
  /** By the clock of `performance.now()`; infinite while the answer is being waited for. */
  private freshUntil = -Infinity;

  constructor(private readonly ask: () => Promise<Answer>) {}

  /** The answer of now, or that of the last second. */
  answer(): Promise<Answer> {
    if (this.latest === undefined || performance.now() >= this.freshUntil) {
      this.freshUntil = Infinity;
      this.latest = this.ask().finally(() => {
        this.freshUntil = performance.now() + REMEMBERED;
      });
    }
    return this.latest;
  }
}
