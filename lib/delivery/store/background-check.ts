/** First and longest pause between two runs, in ms. The first run follows at once. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/** Runs a check in the background, one run at a time, with growing pauses, until it succeeds. */
export class BackgroundCheck {
  private timer: NodeJS.Timeout | undefined;
  private pauseMs = 0;
  private isRunning = false;
  private isClosed = false;

  /** @param check resolves with whether it succeeded */
  constructor(private readonly check: () => Promise<boolean>) {}

  /** Runs it, unless that is going to happen anyway. */
  start(): void {
    if (this.timer !== undefined || this.isRunning || this.isClosed) return;
    this.timer = setTimeout(() => void this.run(), this.pauseMs).unref();
    this.pauseMs = Math.min(Math.max(2 * this.pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
  }

  /** Lets the next series begin without a pause. */
  resetPauses(): void {
    this.pauseMs = 0;
  }

  /** Runs it no more. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    this.timer = undefined;
    this.isRunning = true;
    // The check may throw, as where a logger of the application does: it is repeated then.
    const hasSucceeded = await this.check().catch(() => false);
    this.isRunning = false;
    if (!hasSucceeded) this.start();
  }
}
