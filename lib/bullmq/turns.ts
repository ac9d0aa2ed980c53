/** For how long others may pass one that waits to run alone, in ms. */
const PASSING_MS = 30_000;

interface Waiting {
  readonly isAlone: boolean;
  /** In ms of `performance.now()`. */
  readonly since: number;
  readonly settle: (hasTurn: boolean) => void;
}

/**
 * Lets several run side by side, or one alone, in the order in which they asked. While one waits to run alone, others may
 * pass it for 30 s. After that they wait for it, so that neither kind waits for ever.
 */
export class Turns {
  private running = 0;
  private isTakenAlone = false;
  private hasClosed = false;
  private readonly waiting: Waiting[] = [];

  get isClosed(): boolean {
    return this.hasClosed;
  }

  /**
   * Waits for a turn, which the caller ends with {@link end}.
   *
   * @returns `false` if there will be none, because the turns were closed
   */
  take(isAlone: boolean): Promise<boolean> {
    if (this.hasClosed) return Promise.resolve(false);
    return new Promise((settle) => {
      this.waiting.push({ isAlone, since: performance.now(), settle });
      this.advance();
    });
  }

  end(): void {
    this.running -= 1;
    this.isTakenAlone = false;
    this.advance();
  }

  /** Gives no more turns. Those that were taken are not affected. */
  close(): void {
    this.hasClosed = true;
    for (const { settle } of this.waiting.splice(0)) settle(false);
  }

  private advance(): void {
    for (let next = this.next(); next !== undefined; next = this.next()) {
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.running += 1;
      this.isTakenAlone = next.isAlone;
      next.settle(true);
    }
  }

  private next(): Waiting | undefined {
    const [first] = this.waiting;
    if (first === undefined || this.isTakenAlone) return undefined;
    if (!first.isAlone || this.running === 0) return first;
    const mayPass = performance.now() - first.since < PASSING_MS;
    return mayPass ? this.waiting.find(({ isAlone }) => !isAlone) : undefined;
  }
}
