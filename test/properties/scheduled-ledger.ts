import type fc from 'fast-check';
import { CallbackLedger, type ClaimState, MemoryCallbackLedger } from '../../lib/index.js';

/** A remote ledger: what is asked of it arrives, and is answered, in any order that the scheduler chooses. */
export class ScheduledLedger extends CallbackLedger {
  readonly retention = 3600;
  readonly lease = Infinity;
  readonly scope = 'remote';
  private readonly store = new MemoryCallbackLedger({ retention: this.retention });

  constructor(private readonly scheduler: fc.Scheduler) {
    super();
  }

  override claim(id: string, holder: string): Promise<ClaimState> {
    return this.ask(`claim for ${holder}`, () => this.store.claim(id, holder));
  }

  override renew(id: string, holder: string): Promise<boolean> {
    return this.ask(`renewal for ${holder}`, () => this.store.renew(id, holder));
  }

  override complete(id: string): Promise<void> {
    return this.ask('completion', () => {
      this.store.complete(id);
    });
  }

  override release(id: string, holder: string): Promise<void> {
    return this.ask(`release by ${holder}`, () => {
      this.store.release(id, holder);
    });
  }

  /** What a question gets for an answer now. */
  peek(id: string): ClaimState {
    return this.store.claim(id, 'an onlooker');
  }

  private async ask<Answer>(what: string, operation: () => Answer): Promise<Answer> {
    await this.scheduler.schedule(Promise.resolve(), `arrival: ${what}`);
    const answer = operation();
    await this.scheduler.schedule(Promise.resolve(), `answer: ${what}`);
    return answer;
  }
}
