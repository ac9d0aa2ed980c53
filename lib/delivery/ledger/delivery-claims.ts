import { randomUUID } from 'node:crypto';
import { LONGEST_TIMER_MS } from '../../options/number-options.js';
import { type Awaitable } from '../../verification/signature-key.js';
import { type CallbackLedger, type ClaimState } from './callback-ledger.js';
import { type ClaimAnswer, ClaimWaiter, type HeldClaim, type WaitResult } from './claim-waiter.js';
import { type StoreAvailability } from '../store/store-availability.js';
import { andThen, isThenable } from '../store/time-limit.js';

const ignore = (): void => undefined;

/**
 * Claims callbacks in the ledger for this process: waits for other copies, renews claims, and works while the ledger is
 * unavailable.
 */
export class DeliveryClaims {
  private readonly waiter: ClaimWaiter;
  /** The callbacks that this process is handling, with or without the ledger. */
  private readonly held = new Set<string>();
  /** Unique for this process. With a counter it makes each claim unique. */
  private readonly holderPrefix = randomUUID();
  private questions = 0;

  /** @param duplicateTimeoutMs how long a duplicate waits for a copy that is being handled, in ms */
  constructor(
    private readonly ledger: CallbackLedger,
    private readonly store: StoreAvailability,
    duplicateTimeoutMs: number,
  ) {
    this.waiter = new ClaimWaiter(
      (id) => this.claimOnce(id),
      duplicateTimeoutMs,
      (id) => (store.policy === 'reject' || this.held.has(id) ? undefined : this.hold(id)),
    );
  }

  /**
   * Claims a callback. If a copy is being handled, waits for it first. Returns synchronously if the ledger does.
   *
   * @param abandoned aborts when nobody waits for the answer any more
   * @throws what {@link StoreAvailability.ask} throws; then it has not waited for a copy
   */
  claim(id: string, abandoned: () => AbortSignal): Awaitable<WaitResult> {
    return andThen(this.claimOnce(id), (answer) =>
      answer === 'in-progress' ? this.waiter.wait(id, abandoned()) : answer,
    );
  }

  /**
   * Claims a callback while the ledger is unavailable, or waits for a copy that this process is handling. The ledger
   * gets the result when it is available again. Callbacks that this process has handled are recognised without the
   * ledger.
   */
  holdWithoutLedger(id: string, abandoned: () => AbortSignal): Awaitable<WaitResult> {
    if (this.isCompletedHere(id)) return 'completed';
    // Nothing comes between the look and the hold: of copies that the ledger fails at the same moment one is taken.
    return this.held.has(id) ? this.waiter.wait(id, abandoned()) : this.hold(id);
  }

  private claimOnce(id: string): Awaitable<ClaimAnswer> {
    if (this.isCompletedHere(id)) return 'completed';
    if (this.held.has(id)) return 'in-progress';
    const holder = `${this.holderPrefix} ${(this.questions += 1)}`;
    return andThen(this.ask(id, holder), (state) => {
      if (state !== 'claimed') return state;
      // Meanwhile another copy may have been taken without the ledger: its completion replaces this claim.
      if (this.isCompletedHere(id)) return 'completed';
      if (!this.held.has(id)) return this.hold(id, holder);
      void this.release(id, holder, ignore);
      return 'in-progress';
    });
  }

  /** Claims for a holder. A claim that is granted too late is released, so that no copy waits for it. */
  private ask(id: string, holder: string): Awaitable<ClaimState> {
    let pending: Promise<ClaimState> | undefined;
    const answer = this.store.ask(() => {
      const claim = this.ledger.claim(id, holder);
      // Some clients of databases run a query each time its result is asked for.
      return isThenable(claim) ? (pending = Promise.resolve(claim)) : claim;
    });
    if (!isThenable(answer)) return answer;
    return answer.catch((error: unknown) => {
      // If the answer got lost, the claim may have been granted anyway. While a callback is handled without
      // the ledger, another process may claim a copy, as if the ledger had not been asked.
      pending
        ?.catch(() => 'claimed' as const)
        .then((state) => (state === 'claimed' ? this.release(id, holder, ignore) : undefined))
        .catch(ignore);
      throw error;
    });
  }

  /** @param holder who holds it in the ledger; absent if the ledger does not know */
  private hold(id: string, holder?: string): HeldClaim {
    this.held.add(id);
    const stopRenewal = holder === undefined ? ignore : this.startRenewal(id, holder);
    const end = (isFree: boolean): void => {
      this.held.delete(id);
      this.waiter.wake(id, isFree);
    };
    return {
      complete: (onMissed) => {
        stopRenewal();
        void this.store.record(id, () => this.ledger.complete(id), onMissed);
        end(false);
      },
      release: (onMissed) => {
        stopRenewal();
        const released = holder === undefined ? undefined : this.release(id, holder, onMissed);
        void andThen(released, () => {
          end(true);
        });
      },
    };
  }

  /** @returns a function that stops the renewal; a running renewal does not claim again what is being released */
  private startRenewal(id: string, holder: string): () => void {
    const { lease } = this.ledger;
    if (!Number.isFinite(lease)) return ignore;
    let isStopped = false;
    const renew = async (): Promise<void> => {
      const isHeld = await this.store.look(() => this.ledger.renew(id, holder));
      // If the store lost the claim, it gets it again.
      if (!isHeld && !isStopped) await this.store.ask(() => this.ledger.claim(id, holder));
    };
    // A third of the lease leaves time for two failed renewals: after a failure the next one follows.
    const interval = Math.min((lease * 1000) / 3, LONGEST_TIMER_MS);
    const renewal = setInterval(() => void renew().catch(ignore), interval).unref();
    return () => {
      isStopped = true;
      clearInterval(renewal);
    };
  }

  private release(id: string, holder: string, onMissed: (error: unknown) => void): Awaitable<void> {
    return this.store.record(`release ${holder}`, () => this.ledger.release(id, holder), onMissed);
  }

  /**
   * Whether this process has handled a callback and the ledger may not know of it yet: a completion has the id as key.
   */
  private isCompletedHere(id: string): boolean {
    return this.store.isPending(id);
  }
}
