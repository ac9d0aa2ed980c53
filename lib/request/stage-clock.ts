/** The stages of a callback, in this order: who sent it, what it is, whether it is the first copy, its method. */
export type CallbackStage = 'verification' | 'payload' | 'storage' | 'handling';

/** The time of a callback in each stage, in **milliseconds**. A stage that was not reached is absent. */
export interface StageDurations extends Readonly<Partial<Record<CallbackStage, number>>> {
  /** Since the guard saw it, so usually without the time that the body took to arrive. */
  readonly total: number;
}

/** Measures the stages of one callback. */
export class StageClock {
  private readonly startedAt = performance.now();
  private readonly spentMs: Partial<Record<CallbackStage, number>> = {};

  /** Adds the time since `since`, a value of `performance.now()`, to a stage. */
  add(stage: CallbackStage, since: number): void {
    this.spentMs[stage] = (this.spentMs[stage] ?? 0) + performance.now() - since;
  }

  /** The times measured so far. */
  durations(): StageDurations {
    return { ...this.spentMs, total: performance.now() - this.startedAt };
  }
}
