/** What a callback goes through, in this order: who sent it, what it is, whether it is the first copy, its method. */
export type CallbackStage = 'verification' | 'payload' | 'storage' | 'handling';

/** How long a callback took, in **milliseconds**, by stage. A stage that was not reached is absent. */
export interface StageDurations extends Readonly<Partial<Record<CallbackStage, number>>> {
  /** Since the guard saw it; what the body took to arrive lies before. */
  readonly total: number;
}

/** Measures the stages of one callback. */
export class StageClock {
  private readonly startedAt = performance.now();
  private readonly spentMs: Partial<Record<CallbackStage, number>> = {};

  /** Adds what has passed since a moment of `performance.now()` to a stage. */
  add(stage: CallbackStage, since: number): void {
    this.spentMs[stage] = (this.spentMs[stage] ?? 0) + performance.now() - since;
  }

  /** What has been measured up to now. */
  durations(): StageDurations {
    return { ...this.spentMs, total: performance.now() - this.startedAt };
  }
}
