import { randomUUID } from 'node:crypto';
import { type CallbackLedger } from './callback-ledger.js';
import { ClaimWaiter, type WaitResult } from './claim-waiter.js';
import { withinTime } from './time-limit.js';

/** Bounds of {@link DeliveryClaims}, in ms. */
export interface ClaimLimits {
  /** How long an operation of the ledger may take. */
  readonly storageTimeout: number;
  /** How long a duplicate waits for a copy that is being handled. */
  readonly duplicateTimeout: number;
}

/** A claim that this process holds. */
export interface HeldClaim {
  /** Remembers that the callback was handled. */
  complete(): Promise<void>;
  /** Lets the next copy be handled. */
  release(): Promise<void>;
}

/** The ledger as the deliveries of this process use it: bounded in time, with waiting and with renewal. */
export class DeliveryClaims {
  private readonly waiter: ClaimWaiter;

  constructor(
    private readonly ledger: CallbackLedger,
    private readonly limits: ClaimLimits,
  ) {
    this.waiter = new ClaimWaiter(
      { claim: (id, holder) => this.claimOnce(id, holder), release: (id, holder) => this.release(id, holder) },
      limits.duplicateTimeout,
    );
  }

  /**
   * Claims a callback, if need be after waiting for a copy that is being handled.
   *
   * @param abandoned aborts when nobody waits for the answer any more
   * @throws what the ledger throws, {@link StorageTimeoutError} among it
   */
  async claim(id: string, abandoned: () => AbortSignal): Promise<HeldClaim | Exclude<WaitResult, 'claimed'>> {
    const holder = randomUUID();
    const state = await this.claimOnce(id, holder);
    const result = state === 'in-progress' ? await this.waiter.wait(id, holder, abandoned()) : state;
    return result === 'claimed' ? this.hold(id, holder) : result;
  }

  private hold(id: string, holder: string): HeldClaim {
    const { lease } = this.ledger;
    // A third of the lease leaves room for two renewals that fail.
    const renewal = Number.isFinite(lease)
      ? setInterval(
          () => {
            // One that fails is followed by the next; if all do, completing tells.
            this.bounded(() => this.ledger.renew(id, holder)).catch(() => undefined);
          },
          (lease * 1000) / 3,
        )
      : undefined;
    const end = async (operation: () => Promise<void>): Promise<void> => {
      clearInterval(renewal);
      try {
        await operation();
      } finally {
        this.waiter.wake(id);
      }
    };
    return {
      complete: () => end(() => this.bounded(() => this.ledger.complete(id))),
      release: () => end(() => this.release(id, holder)),
    };
  }

  private claimOnce(id: string, holder: string) {
    return this.bounded(() => this.ledger.claim(id, holder));
  }

  private release(id: string, holder: string): Promise<void> {
    return this.bounded(() => this.ledger.release(id, holder));
  }

  private bounded<Result>(operation: () => Result | Promise<Result>): Promise<Result> {
    return withinTime(this.limits.storageTimeout, operation);
  }
}
