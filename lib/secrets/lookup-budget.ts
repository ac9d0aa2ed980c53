import { LRUCache } from 'lru-cache';
import { type Awaitable } from '../verification/awaitable.js';
import { SecretsUnavailableError } from './secrets-unavailable.error.js';

/** Bounds of a {@link LookupBudget}. */
export interface LookupLimits {
  /** How many calls of the provider may run at once. One that took too long no longer counts. */
  readonly concurrency: number;
  /** How many lookups may wait for a call. */
  readonly waiting: number;
  /** How many calls may be unfinished, those that took too long included. */
  readonly unfinished: number;
}

/** Asks the provider; the signal aborts when the time is over. */
type Ask<Answer> = (signal: AbortSignal) => Awaitable<Answer>;

interface Waiting {
  readonly start: () => void;
  readonly refuse: (reason: SecretsUnavailableError) => void;
}

/** Runs lookups within bounds, so that they cannot slow down those of another budget. */
export class LookupBudget<Answer> {
  private readonly lookups = new Map<string, Promise<Answer>>();
  /** The latest comes first, and the oldest is refused when there are too many. */
  private readonly waiting: LRUCache<string, Waiting>;
  private running = 0;
  private unfinished = 0;
  /** When another call may be tried although too many are unfinished, by the clock of `performance.now()`. */
  private retryAt = -Infinity;

  constructor(
    private readonly limits: LookupLimits,
    /** How long a lookup may take, waiting included, in ms. */
    private readonly timeoutMs: number,
  ) {
    this.waiting = new LRUCache<string, Waiting>({
      max: limits.waiting,
      dispose: ({ refuse }, _, reason) => {
        if (reason !== 'evict') return;
        refuse(new SecretsUnavailableError(`more than ${limits.waiting} lookups of signature secrets are waiting`));
      },
    });
  }

  /**
   * Looks a name up, or joins the lookup of that name that is under way.
   *
   * @param waitMs how long this caller waits for it, in ms, if not for as long as a lookup may take
   * @throws {SecretsUnavailableError} if it takes too long or too many lookups are under way; otherwise what `ask` throws
   */
  lookUp(name: string, ask: Ask<Answer>, waitMs?: number): Promise<Answer> {
    const lookup = this.lookUpOnce(name, ask);
    return waitMs === undefined ? lookup : this.within(waitMs, lookup);
  }

  private async within(waitMs: number, lookup: Promise<Answer>): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(this.tooLate());
      }, waitMs);
    });
    try {
      return await Promise.race([lookup, expiry]);
    } finally {
      clearTimeout(timer);
    }
  }

  private tooLate(): SecretsUnavailableError {
    return new SecretsUnavailableError(`no answer within ${this.timeoutMs / 1000} s`);
  }

  private lookUpOnce(name: string, ask: Ask<Answer>): Promise<Answer> {
    const current = this.lookups.get(name);
    if (current !== undefined) {
      // Moved to the front, as a new lookup would be.
      this.waiting.get(name);
      return current;
    }
    const lookup = this.start(name, ask).finally(() => this.lookups.delete(name));
    this.lookups.set(name, lookup);
    return lookup;
  }

  private async start(name: string, ask: Ask<Answer>): Promise<Answer> {
    const controller = new AbortController();
    const { signal } = controller;
    const expiry = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => {
        this.waiting.delete(name);
        reject(this.tooLate());
      });
    });
    const timer = setTimeout(() => {
      controller.abort();
    }, this.timeoutMs);
    try {
      await Promise.race([this.turn(name), expiry]);
      try {
        return await Promise.race([this.call(ask, signal), expiry]);
      } finally {
        this.startNext();
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private turn(name: string): Promise<void> {
    if (this.running < this.limits.concurrency) {
      this.running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.waiting.set(name, { start: resolve, refuse: reject });
    });
  }

  /** The latest goes first: in a flood, first come, first served would let every lookup wait until it is too late. */
  private startNext(): void {
    const [latest] = this.waiting.entries();
    if (latest === undefined) {
      this.running -= 1;
      return;
    }
    const [name, { start }] = latest;
    this.waiting.delete(name);
    start();
  }

  private async call(ask: Ask<Answer>, signal: AbortSignal): Promise<Answer> {
    const now = performance.now();
    if (this.unfinished >= this.limits.unfinished && now < this.retryAt) {
      throw new SecretsUnavailableError(`${this.limits.unfinished} lookups of signature secrets have not ended`);
    }
    this.retryAt = now + 2 * this.timeoutMs;
    this.unfinished += 1;
    try {
      return await ask(signal);
    } finally {
      this.unfinished -= 1;
      // Calls end again: the next need not wait, although some of before may never end.
      this.retryAt = -Infinity;
    }
  }
}
