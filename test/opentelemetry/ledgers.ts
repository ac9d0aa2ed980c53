import { CallbackLedger, type ClaimState, MemoryCallbackLedger } from '../../lib/index.js';

const gone = (): Promise<never> => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));

/** A ledger whose store becomes unavailable. */
export class FailingLedger extends CallbackLedger {
  readonly retention = 93_600;
  readonly lease = Infinity;
  readonly scope = 'in a store that fails';
  private readonly memory = new MemoryCallbackLedger();

  /** Which operations fail. */
  constructor(private readonly failing: { claim?: boolean; complete?: boolean }) {
    super();
  }

  override claim(id: string, holder: string): ClaimState | Promise<ClaimState> {
    return this.failing.claim === true ? gone() : this.memory.claim(id, holder);
  }
  override renew(id: string, holder: string): boolean {
    return this.memory.renew(id, holder);
  }
  override complete(id: string): void | Promise<void> {
    if (this.failing.complete === true) return gone();
    this.memory.complete(id);
  }
  override release(id: string, holder: string): void {
    this.memory.release(id, holder);
  }

  /** The store is back. */
  recover(): void {
    this.failing.claim = false;
    this.failing.complete = false;
  }
}
