import { randomUUID } from 'node:crypto';
import { type CallbackLedger, type ClaimState } from './callback-ledger.js';
import { ClaimWaiter, type WaitResult } from './claim-waiter.js';
import { isThenable, withinTime } from './time-limit.js';

/** Bounds of {@link DeliveryClaims}, in ms. */
export interface ClaimLimits {
  /** How long an operation of the ledger may take. */
  readonly storageTimeout: number;
  /** How long a duplicate waits for a copy that is being handled. */
  readonly duplicateTimeout: number;
}

/** How many callbacks are kept in memory that the ledger could not be told of: about 10 MB. */
const MOST_UNTOLD = 100_000;

/** A callback that this process is handling. */
export interface HeldClaim {
  /** Remembers that the callback was handled. */
  complete(): Promise<void>;
  /** Lets the next copy be handled. */
  release(): Promise<void>;
}

/** The ledger as the deliveries of this process use it: bounded in time, with waiting and with renewal. */
export class DeliveryClaims {
  private readonly waiter: ClaimWaiter;
  /** What this process is handling, with the ledger's knowledge or without. */
  private readonly held = new Set<string>();
  /** What this process has handled and the ledger could not be told of, the latest last. */
  private readonly untold = new Set<string>();
  /** What each holder has asked of the ledger last, while no answer to it has come. */
  private readonly latestQuestions = new Map<string, symbol>();

  constructor(
    private readonly ledger: CallbackLedger,
    private readonly limits: ClaimLimits,
    /** Called when the ledger itself has said how a callback stands. */
    private readonly answered: () => void = () => undefined,
  ) {
    this.waiter = new ClaimWaiter(
      {
        // Whoever waits for what was handled here learns of it also while the ledger is away.
        claim: async (id, holder) => (this.untold.has(id) ? 'completed' : this.claimOnce(id, holder)),
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
  async claim(id: string, abandoned: () => AbortSignal): Promise<HeldClaim | Exclude<WaitResult, 'claimed'>> {
    const holder = randomUUID();
    const state = await this.claimOnce(id, holder);
    return state === 'in-progress'
      ? this.waitFor(id, holder, abandoned)
      : this.holdIfClaimed(state, id, holder, abandoned);
  }

  /**
   * Takes a callback that the ledger could not be asked for, which learns of it as soon as it can; or waits for the copy
   * that this process has taken meanwhile. What this process has handled, it knows without the ledger.
   */
  async holdWithoutLedger(
    id: string,
    abandoned: () => AbortSignal,
  ): Promise<HeldClaim | Exclude<WaitResult, 'claimed'>> {
    if (this.untold.has(id)) return 'completed';
    // Nothing comes between the look and the hold: of copies that the ledger fails at the same moment one is taken.
    if (this.held.has(id)) return this.waitFor(id, randomUUID(), abandoned);
    return this.holdUntil(id, () => Promise.resolve());
  }

  private async waitFor(
    id: string,
    holder: string,
    abandoned: () => AbortSignal,
  ): Promise<HeldClaim | Exclude<WaitResult, 'claimed'>> {
    return this.holdIfClaimed(await this.waiter.wait(id, holder, abandoned()), id, holder, abandoned);
  }

  private async holdIfClaimed(
    result: WaitResult,
    id: string,
    holder: string,
    abandoned: () => AbortSignal,
  ): Promise<HeldClaim | Exclude<WaitResult, 'claimed'>> {
    if (result !== 'claimed') return result;
    if (this.untold.has(id)) {
      // The ledger, back again, granted what was handled here while it was asked.
      await this.complete(id).catch(() => this.release(id, holder).catch(() => undefined));
      return 'completed';
    }
    if (!this.held.has(id)) return this.hold(id, holder);
    // The ledger granted it while another copy, which it did not answer in time, was taken without it.
    await this.release(id, holder).catch(() => undefined);
    return this.waitFor(id, holder, abandoned);
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
    const renewal = setInterval(() => void renew().catch(() => undefined), (lease * 1000) / 3).unref();
    return () => {
      isStopped = true;
      clearInterval(renewal);
    };
  }

  private async claimOnce(id: string, holder: string): Promise<ClaimState> {
    if (this.held.has(id)) return 'in-progress';
    if (this.untold.has(id)) {
      await this.complete(id);
      this.answered();
      return 'completed';
    }
    const answer = this.ledger.claim(id, holder);
    if (!isThenable(answer)) {
      this.answered();
      return answer;
    }
    // Some clients of databases run a query as often as somebody asks for its result.
    const pending = Promise.resolve(answer);
    let isAwaited = true;
    const question = Symbol();
    this.latestQuestions.set(holder, question);
    const dropIfLate = async (): Promise<void> => {
      const state = await pending.catch(() => undefined);
      // A later question of the same holder may be answered already, and its claim be in use.
      if (this.latestQuestions.get(holder) !== question) return;
      this.latestQuestions.delete(holder);
      // It came too late: nobody uses the claim, and nobody must wait for it.
      if (state === 'claimed' && !isAwaited) await this.ledger.release(id, holder);
    };
    dropIfLate().catch(() => undefined);
    try {
      const state = await this.bounded(() => pending);
      this.answered();
      return state;
    } finally {
      isAwaited = false;
    }
  }

  /** Tells the ledger that a callback was handled; if it cannot be told, the next copy tries again. */
  private async complete(id: string): Promise<void> {
    try {
      await this.bounded(() => this.ledger.complete(id));
      this.untold.delete(id);
    } catch (error) {
      // To the end, without a moment in which it is not known.
      this.untold.delete(id);
      const [oldest] = this.untold;
      if (oldest !== undefined && this.untold.size >= MOST_UNTOLD) this.untold.delete(oldest);
      this.untold.add(id);
      throw error;
    }
  }

  private release(id: string, holder: string): Promise<void> {
    return this.bounded(() => this.ledger.release(id, holder));
  }

  private bounded<Result>(operation: () => Result | PromiseLike<Result>): Promise<Result> {
    return withinTime(this.limits.storageTimeout, operation);
  }
}
