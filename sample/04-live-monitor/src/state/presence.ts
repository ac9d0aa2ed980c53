import { type Kept } from './bounded-records.js';

/** A connection or a stream. Its id is used once, so its end is final, whenever it arrives. */
export class Presence<About extends object> implements Kept {
  private begun = 0;
  private ended = 0;

  constructor(
    readonly key: string,
    readonly about: About,
  ) {}

  get isOver(): boolean {
    return this.ended > 0;
  }

  get moment(): number {
    return Math.max(this.begun, this.ended);
  }

  begin(at: number): void {
    this.begun = Math.max(this.begun, at);
  }

  end(at: number): void {
    this.ended = Math.max(this.ended, at);
  }

  /** Whether it is present in a session that last ended at a moment. */
  isThereAfter(sessionEnded: number): boolean {
    return !this.isOver && this.begun > sessionEnded;
  }
}
