interface Waiting {
  readonly isAlone: boolean;
  readonly settle: (hasTurn: boolean) => void;
}

/**
 * Lets several run side by side, or one alone, in the order in which they asked, so that neither kind waits for ever.
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
      this.waiting.push({ isAlone, settle });
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
    for (let next = this.waiting[0]; next !== undefined && this.fits(next); next = this.waiting[0]) {
      this.waiting.shift();
      this.running += 1;
      this.isTakenAlone = next.isAlone;
      next.settle(true);
    }
  }

  private fits({ isAlone }: Waiting): boolean {
    return !this.isTakenAlone && (!isAlone || this.running === 0);
  }
}
