import { type ClaimState } from './callback-ledger.js';

/** How waiting for a claim ended. */
export type WaitResult = 'claimed' | 'completed' | 'timed-out' | 'abandoned';

/** The part of a ledger that waiting needs. */
export interface WaitedLedger {
  claim(id: string, holder: string): Promise<ClaimState>;
  release(id: string, holder: string): Promise<void>;
}

interface Waiter {
  readonly holder: string;
  /** Ends the wait. */
  readonly settle: (result: WaitResult) => void;
}

interface Queue {
  readonly waiters: Set<Waiter>;
  timer: NodeJS.Timeout | undefined;
  interval: number;
  /** How many looks are wanted, the one that is under way included. */
  looksWanted: number;
}

/** First and longest pause between two looks at the ledger, in ms. */
const FIRST_INTERVAL = 50;
const LONGEST_INTERVAL = 1000;

/**
 * Lets duplicates wait while another copy of the callback is being handled. However many wait for one callback, one of
 * them looks at the ledger for all, with growing pauses, and at once when a copy was handled by this process.
 */
export class ClaimWaiter {
  private readonly queues = new Map<string, Queue>();

  constructor(
    private readonly ledger: WaitedLedger,
    /** How long a duplicate waits at the most, in ms. */
    private readonly timeout: number,
  ) {}

  /**
   * Waits until the callback is completed, or until it is this holder's turn because the copy before it failed.
   *
   * @param abandoned aborts when nobody waits for the answer any more
   */
  wait(id: string, holder: string, abandoned: AbortSignal): Promise<WaitResult> {
    return new Promise((resolve) => {
      const queue = this.queueOf(id);
      const settle = (result: WaitResult): void => {
        clearTimeout(timer);
        abandoned.removeEventListener('abort', abandon);
        queue.waiters.delete(waiter);
        if (queue.waiters.size === 0) this.close(id, queue);
        resolve(result);
      };
      const waiter: Waiter = { holder, settle };
      const abandon = (): void => {
        settle('abandoned');
      };
      const timer = setTimeout(() => {
        settle('timed-out');
      }, this.timeout);
      queue.waiters.add(waiter);
      if (abandoned.aborted) abandon();
      else abandoned.addEventListener('abort', abandon);
    });
  }

  /** To be called when this process completed or released a callback: whoever waits for it need not wait for a pause. */
  wake(id: string): void {
    const queue = this.queues.get(id);
    if (queue !== undefined) void this.look(id, queue);
  }

  private queueOf(id: string): Queue {
    const existing = this.queues.get(id);
    if (existing !== undefined) return existing;
    const queue: Queue = {
      waiters: new Set(),
      timer: undefined,
      interval: FIRST_INTERVAL,
      looksWanted: 0,
    };
    this.queues.set(id, queue);
    this.pause(id, queue);
    return queue;
  }

  private pause(id: string, queue: Queue): void {
    clearTimeout(queue.timer);
    queue.timer = setTimeout(() => void this.look(id, queue), queue.interval);
    queue.interval = Math.min(queue.interval * 2, LONGEST_INTERVAL);
  }

  private close(id: string, queue: Queue): void {
    clearTimeout(queue.timer);
    this.queues.delete(id);
  }

  private async look(id: string, queue: Queue): Promise<void> {
    queue.looksWanted += 1;
    if (queue.looksWanted > 1) return;
    while (queue.looksWanted > 0) {
      // However many ask during one look, one more answers them all.
      queue.looksWanted = 1;
      await this.lookFor(id, queue);
      queue.looksWanted -= 1;
    }
    if (queue.waiters.size > 0) this.pause(id, queue);
  }

  private async lookFor(id: string, { waiters }: Queue): Promise<void> {
    const [first] = waiters;
    if (first === undefined) return;
    try {
      const state = await this.ledger.claim(id, first.holder);
      if (state === 'completed') {
        for (const waiter of [...waiters]) waiter.settle('completed');
      } else if (state === 'claimed') {
        if (waiters.has(first)) first.settle('claimed');
        // It gave up while the ledger was asked: nobody else must wait for a claim that nobody uses.
        else await this.ledger.release(id, first.holder);
      }
    } catch {
      // Another copy is in progress, that much is known: a ledger that is away for a moment is no reason to run it again.
    }
  }
}
