import { randomUUID } from 'node:crypto';
import { LONGEST_TIMER_MS } from '../options/number-options.js';
import { type CallbackLedger, type ClaimState } from './callback-ledger.js';
import { type ClaimAnswer, ClaimWaiter, type GrantedClaim, type WaitResult } from './claim-waiter.js';
import { isThenable, withinTime } from './time-limit.js';
import { UntoldOperations } from './untold-operations.js';

/** Bounds of {@link DeliveryClaims}, in ms. */
export interface ClaimLimits {
  /** How long an operation of the ledger may take. */
  readonly storageTimeout: number;
  /** How long a duplicate waits for a copy that is being handled. */
  readonly duplicateTimeout: number;
}

/** A callback that this process is handling. */
export interface HeldClaim {
  /** Remembers that the callback was handled. */
  complete(): Promise<void>;
  /** Lets the next copy be handled. */
  release(): Promise<void>;
}

/** How claiming a callback ended. */
type ClaimResult = HeldClaim | Exclude<WaitResult, GrantedClaim>;

/** The ledger as the deliveries of this process use it: bounded in time, with waiting and with renewal. */
export class DeliveryClaims {
  private readonly waiter: ClaimWaiter;
  /** What this process is handling, with the ledger's knowledge or without. */
  private readonly held = new Set<string>();
  private readonly untold: UntoldOperations;
  /** How the ledger is told that a claim ends, bounded in time. */
  private readonly endings = {
    complete: (id: string) => this.bounded(() => this.ledger.complete(id)),
    release: (id: string, holder: string) => this.bounded(() => this.ledger.release(id, holder)),
  };

  constructor(
    private readonly ledger: CallbackLedger,
    private readonly limits: ClaimLimits,
    /** Called when the ledger itself has said how a callback stands. */
    private readonly answered: () => void = () => undefined,
  ) {
    this.untold = new UntoldOperations(this.endings, answered);
    this.waiter = new ClaimWaiter(
      {
        // Whoever waits for what was handled here learns of it also while the ledger is away.
        claim: async (id) => (this.untold.hasCompleted(id) ? 'completed' : this.claimOnce(id)),
        release: (id, holder) => this.release(id, holder),
      },
      limits.duplicateTimeout,
    );
  }

  /**
   * Claims a callback, if need be after waiting for a copy that is being handled.
   *
   * @param abandoned aborts when nobody waits for the answer any more
   * @throws what the ledger throws, {@link StorageTimeoutError} among it; then no copy is being handled by this process
   */
  async claim(id: string, abandoned: () => AbortSignal): Promise<ClaimResult> {
    const answer = await this.claimOnce(id);
    return answer === 'in-progress' ? this.waitFor(id, abandoned) : this.holdIfGranted(answer, id, abandoned);
  }

  /**
   * Takes a callback that the ledger could not be asked for, which learns of it as soon as it can; or waits for the copy
   * that this process has taken meanwhile. What this process has handled, it knows without the ledger.
   */
  async holdWithoutLedger(id: string, abandoned: () => AbortSignal): Promise<ClaimResult> {
    if (this.untold.hasCompleted(id)) return 'completed';
    // Nothing comes between the look and the hold: of copies that the ledger fails at the same moment one is taken.
    if (this.held.has(id)) return this.waitFor(id, abandoned);
    return this.holdUntil(id, () => Promise.resolve());
  }

  private async waitFor(id: string, abandoned: () => AbortSignal): Promise<ClaimResult> {
    return this.holdIfGranted(await this.waiter.wait(id, abandoned()), id, abandoned);
  }

  private async holdIfGranted(result: WaitResult, id: string, abandoned: () => AbortSignal): Promise<ClaimResult> {
    if (typeof result === 'string') return result;
    const { holder } = result;
    if (this.untold.hasCompleted(id)) {
      // The ledger, back again, granted what was handled here while it was asked.
      await this.complete(id).catch(() => this.release(id, holder).catch(() => undefined));
      return 'completed';
    }
    if (!this.held.has(id)) return this.hold(id, holder);
    // The ledger granted it while another copy, which it did not answer in time, was taken without it.
    await this.release(id, holder).catch(() => undefined);
    return this.waitFor(id, abandoned);
  }

  private hold(id: string, holder: string): HeldClaim {
    return this.holdUntil(id, () => this.release(id, holder), this.startRenewal(id, holder));
  }

  private holdUntil(id: string, release: () => Promise<void>, stopRenewal: () => void = () => undefined): HeldClaim {
    this.held.add(id);
    const end = async (operation: () => Promise<void>): Promise<void> => {
      stopRenewal();
      try {
        await operation();
      } finally {
        this.held.delete(id);
        this.waiter.wake(id);
      }
    };
    return {
      complete: () => end(() => this.complete(id)),
      release: () => end(release),
    };
  }

  /** @returns stops it; a renewal that is under way then takes nothing back that is being released */
  private startRenewal(id: string, holder: string): () => void {
    const { lease } = this.ledger;
    if (!Number.isFinite(lease)) return () => undefined;
    let isStopped = false;
    const renew = async (): Promise<void> => {
      const isHeld = await this.bounded(() => this.ledger.renew(id, holder));
      // A store that lost what it knew learns it again.
      if (!isHeld && !isStopped) await this.bounded(() => this.ledger.claim(id, holder));
    };
    // A third of the lease leaves room for two renewals that fail; one that fails is followed by the next.
    const interval = Math.min((lease * 1000) / 3, LONGEST_TIMER_MS);
    const renewal = setInterval(() => void renew().catch(() => undefined), interval).unref();
    return () => {
      isStopped = true;
      clearInterval(renewal);
    };
  }

  private async claimOnce(id: string): Promise<ClaimAnswer> {
    if (this.held.has(id)) return 'in-progress';
    if (this.untold.hasCompleted(id)) {
      await this.complete(id);
      this.answered();
      return 'completed';
    }
    const holder = randomUUID();
    const answer = this.ledger.claim(id, holder);
    const state = isThenable(answer) ? await this.inTime(answer, id, holder) : answer;
    this.answered();
    return state === 'claimed' ? { holder } : state;
  }

  /** The answer to a claim, which is given back if it comes too late: nobody uses it, and nobody must wait for it. */
  private async inTime(answer: PromiseLike<ClaimState>, id: string, holder: string): Promise<ClaimState> {
    // Some clients of databases run a query as often as somebody asks for its result.
    const pending = Promise.resolve(answer);
    try {
      return await this.bounded(() => pending);
    } catch (error) {
      // Where the answer got lost, the claim may have been granted all the same, and the next copy would wait for its
      // lease to end. Of a callback that is now handled without the ledger another process may get a copy meanwhile, as
      // if the ledger had never been asked.
      pending
        .catch(() => 'claimed' as const)
        .then(async (state) => (state === 'claimed' ? this.release(id, holder) : undefined))
        .catch(() => undefined);
      throw error;
    }
  }

  /** Tells the ledger that a callback was handled. If it cannot be told, the next copy tries, and so does a timer. */
  private async complete(id: string): Promise<void> {
    try {
      await this.endings.complete(id);
      this.untold.forgetCompleted(id);
    } catch (error) {
      this.untold.addCompleted(id);
      throw error;
    }
  }

  /** Gives a claim back. If the ledger cannot be told, a timer tries again. */
  private async release(id: string, holder: string): Promise<void> {
    try {
      await this.endings.release(id, holder);
    } catch (error) {
      this.untold.addReleased(id, holder);
      throw error;
    }
  }

  private bounded<Result>(operation: () => Result | PromiseLike<Result>): Promise<Result> {
    return withinTime(this.limits.storageTimeout, operation);
  }
}
