import { CallbackLedger, type ClaimState, MemoryCallbackLedger } from '../../lib/delivery/ledger/callback-ledger.js';

type Operation = 'claim' | 'renew' | 'complete' | 'release';

/** A ledger in a store that other processes use as well, which may be slow or unavailable. */
export class RemoteLedger extends CallbackLedger {
  readonly retention = 93_600;
  readonly scope = 'in a store that processes share';
  /** The store itself, as another process sees it. */
  readonly store = new MemoryCallbackLedger();
  /** The operations that it was asked for. */
  readonly asked: Operation[] = [];
  /** What happens on the way to the store. */
  reach: (operation: Operation) => Promise<void> = () => Promise.resolve();

  constructor(readonly lease = Infinity) {
    super();
  }

  /** The holders that asked, the latest last. */
  readonly holders: string[] = [];

  override claim(id: string, holder: string): Promise<ClaimState> {
    return this.ask('claim', holder, () => this.store.claim(id, holder));
  }

  override renew(id: string, holder: string): Promise<boolean> {
    return this.ask('renew', holder, () => this.store.renew(id, holder));
  }

  override complete(id: string): Promise<void> {
    return this.ask('complete', '', () => {
      this.store.complete(id);
    });
  }

  override release(id: string, holder: string): Promise<void> {
    return this.ask('release', holder, () => {
      this.store.release(id, holder);
    });
  }

  /** The operations that it was asked for since the last time. */
  takeAsked(): Operation[] {
    return this.asked.splice(0);
  }

  private async ask<Answer>(operation: Operation, holder: string, act: () => Answer): Promise<Answer> {
    this.asked.push(operation);
    this.holders.push(holder);
    await this.reach(operation);
    return act();
  }
}

/** A store that is unavailable. */
export const unavailable = (): Promise<never> => Promise.reject(new Error('connect ECONNREFUSED'));

/** A store that never answers. */
export const hanging = (): Promise<never> => new Promise(() => undefined);
