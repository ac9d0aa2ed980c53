import { type Awaitable } from '../../verification/signature-key.js';
import { type ClaimState } from './callback-ledger.js';

/** A callback that this process is handling. Both methods write to the ledger in the background. */
export interface HeldClaim {
  /** Remembers that the callback was handled. */
  complete(onMissed: (error: unknown) => void): void;
  /** Lets the next copy be handled. */
  release(onMissed: (error: unknown) => void): void;
}

/** The answer of the ledger to a claim. */
export type ClaimAnswer = HeldClaim | Exclude<ClaimState, 'claimed'>;

/** How claiming a callback ended, perhaps after waiting. */
export type WaitResult = HeldClaim | 'completed' | 'timed-out' | 'abandoned';

/** Ends the wait of one duplicate. */
type Waiter = (result: WaitResult) => void;

interface Queue {
  readonly waiters: Set<Waiter>;
  timer: NodeJS.Timeout | undefined;
  intervalMs: number;
  /** How many checks are requested, including the running one. */
  looksWanted: number;
  /** Whether the copy that was in progress was handled by this process, and failed. */
  isFree: boolean;
}

/** First and longest pause between two checks of the ledger, in ms. */
const FIRST_INTERVAL_MS = 50;
const LONGEST_INTERVAL_MS = 1000;

/**
 * Lets duplicates wait while another copy of the callback is being handled. One of the waiting duplicates checks the
 * ledger for all of them, with growing pauses, and at once when this process has handled a copy.
 */
export class ClaimWaiter {
  private readonly queues = new Map<string, Queue>();

  constructor(
    /** Asks the ledger for a claim. */
    private readonly claim: (id: string) => Awaitable<ClaimAnswer>,
    /** How long a duplicate waits at the most, in ms. */
    private readonly timeoutMs: number,
    /**
     * Claims a callback without the ledger; `undefined` if this process is already handling it, or the options do not
     * allow it.
     */
    private readonly take: (id: string) => HeldClaim | undefined,
  ) {}

  /**
   * Waits until the callback is completed, or until it is this copy's turn because the copy before it failed.
   *
   * @param abandoned aborts when nobody waits for the answer any more
   */
  wait(id: string, abandoned: AbortSignal): Promise<WaitResult> {
    return new Promise((resolve) => {
      const queue = this.queueOf(id);
      const settle: Waiter = (result) => {
        clearTimeout(timer);
        abandoned.removeEventListener('abort', abandon);
        queue.waiters.delete(settle);
        if (queue.waiters.size === 0) {
          clearTimeout(queue.timer);
          this.queues.delete(id);
        }
        resolve(result);
      };
      const abandon = (): void => {
        settle('abandoned');
      };
      const timer = setTimeout(() => {
        settle('timed-out');
      }, this.timeoutMs);
      queue.waiters.add(settle);
      if (abandoned.aborted) abandon();
      else abandoned.addEventListener('abort', abandon);
    });
  }

  /**
   * Call it when this process has completed or released a callback, so that its copies do not wait for the next check.
   *
   * @param isFree whether it was released: then a copy takes it even if the ledger is unavailable. Default `false`
   */
  wake(id: string, isFree = false): void {
    const queue = this.queues.get(id);
    if (queue === undefined) return;
    queue.isFree = isFree;
    void this.look(id, queue);
  }

  private queueOf(id: string): Queue {
    const existing = this.queues.get(id);
    if (existing !== undefined) return existing;
    const queue: Queue = {
      waiters: new Set(),
      timer: undefined,
      intervalMs: FIRST_INTERVAL_MS,
      looksWanted: 0,
      isFree: false,
    };
    this.queues.set(id, queue);
    this.pause(id, queue);
    return queue;
  }

  private pause(id: string, queue: Queue): void {
    clearTimeout(queue.timer);
    queue.timer = setTimeout(() => void this.look(id, queue), queue.intervalMs);
    queue.intervalMs = Math.min(queue.intervalMs * 2, LONGEST_INTERVAL_MS);
  }

  private async look(id: string, queue: Queue): Promise<void> {
    queue.looksWanted += 1;
    if (queue.looksWanted > 1) return;
    while (queue.looksWanted > 0) {
      // One more check answers all requests that arrive during this one.
      queue.looksWanted = 1;
      await this.lookFor(id, queue);
      queue.looksWanted -= 1;
    }
    if (queue.waiters.size > 0) this.pause(id, queue);
  }

  private async lookFor(id: string, queue: Queue): Promise<void> {
    const { waiters } = queue;
    if (waiters.size === 0) return;
    const wasFree = takeFree(queue);
    try {
      const answer = await this.claim(id);
      if (answer === 'completed') {
        for (const settle of [...waiters]) settle('completed');
      } else if (answer !== 'in-progress') {
        const [settleFirst] = waiters;
        // All duplicates gave up during the check: release the claim, so that no later copy waits for it.
        if (settleFirst === undefined) answer.release(() => undefined);
        else settleFirst(answer);
      }
    } catch {
      // A copy may be in progress in another process: a ledger that is unavailable for a moment is no reason to run it
      // again. One that failed in this process is not.
      const [settleFirst] = waiters;
      // It may have failed while the ledger was asked.
      const isFree = takeFree(queue) || wasFree;
      if (!isFree || settleFirst === undefined) return;
      const taken = this.take(id);
      if (taken !== undefined) settleFirst(taken);
    }
  }
}

/** Whether the copy before failed in this process. True once: what the ledger answers later is newer. */
function takeFree(queue: Queue): boolean {
  const { isFree } = queue;
  queue.isFree = false;
  return isFree;
}
