import { type Awaitable } from '../verification/signature-key.js';
import { SecretsUnavailableError } from './secret-rules.js';

/** Limits of a {@link LookupBudget}. */
export interface LookupLimits {
  /** How many calls of the provider may run at once. Calls that timed out do not count. */
  readonly concurrency: number;
  /** How many lookups may wait for a call. */
  readonly waiting: number;
  /** How many calls may be unfinished, including those that timed out. */
  readonly unfinished: number;
}

/** Asks the provider. The signal aborts when the time is over. */
type Ask<Answer> = (signal: AbortSignal) => Awaitable<Answer>;

interface Waiting {
  readonly start: () => void;
  readonly refuse: (reason: SecretsUnavailableError) => void;
}

/** Runs lookups within limits, so that they cannot slow down the lookups of another budget. */
export class LookupBudget<Answer> {
  private readonly lookups = new Map<string, Promise<Answer>>();
  /** The latest is last. */
  private readonly waiting = new Map<string, Waiting>();
  private running = 0;
  private unfinished = 0;
  /** When another call may be tried although too many are unfinished, as a value of `performance.now()`. */
  private retryAt = -Infinity;

  constructor(
    private readonly limits: LookupLimits,
    /** How long a lookup may take, including the time in the queue. */
    private readonly timeoutMs: number,
  ) {}

  /**
   * Looks up a name, or joins the lookup of that name that is already running.
   *
   * @param waitMs how long this caller waits, if shorter than the time limit of a lookup
   * @throws {SecretsUnavailableError} if it takes too long or too many lookups are running; otherwise what `ask` throws
   */
  async lookUp(name: string, ask: Ask<Answer>, waitMs?: number): Promise<Answer> {
    const lookup = this.join(name) ?? this.begin(name, ask);
    if (waitMs === undefined) return lookup;
    const { passed, cancel } = this.deadline(waitMs);
    try {
      return await Promise.race([lookup, passed]);
    } finally {
      cancel();
    }
  }

  private join(name: string): Promise<Answer> | undefined {
    const waiting = this.waiting.get(name);
    if (waiting !== undefined) {
      // It becomes the latest, like a new lookup.
      this.waiting.delete(name);
      this.waiting.set(name, waiting);
    }
    return this.lookups.get(name);
  }

  private begin(name: string, ask: Ask<Answer>): Promise<Answer> {
    const lookup = this.run(name, ask).finally(() => this.lookups.delete(name));
    this.lookups.set(name, lookup);
    return lookup;
  }

  private async run(name: string, ask: Ask<Answer>): Promise<Answer> {
    const controller = new AbortController();
    const { passed, cancel } = this.deadline(this.timeoutMs, () => {
      this.waiting.delete(name);
      controller.abort();
    });
    try {
      await Promise.race([this.turn(name), passed]);
      try {
        return await Promise.race([this.call(ask, controller.signal), passed]);
      } finally {
        this.startNext();
      }
    } finally {
      cancel();
    }
  }

  /** A promise that rejects when the time is over. */
  private deadline(
    ms: number,
    onPassed?: () => void,
  ): { readonly passed: Promise<never>; readonly cancel: () => void } {
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        onPassed?.();
        reject(new SecretsUnavailableError(`no answer within ${this.timeoutMs / 1000} s`));
      }, ms);
    });
    return {
      passed,
      cancel: () => {
        clearTimeout(timer);
      },
    };
  }

  private turn(name: string): Promise<void> {
    if (this.running < this.limits.concurrency) {
      this.running += 1;
      return Promise.resolve();
    }
    return new Promise((start, refuse) => {
      this.waiting.set(name, { start, refuse });
      const [oldest] = this.waiting;
      if (this.waiting.size <= this.limits.waiting || oldest === undefined) return;
      this.waiting.delete(oldest[0]);
      const message = `more than ${this.limits.waiting} lookups of signature secrets are waiting`;
      oldest[1].refuse(new SecretsUnavailableError(message));
    });
  }

  /** The latest goes first. With first come, first served, a flood would make every lookup wait until it times out. */
  private startNext(): void {
    const latest = [...this.waiting].at(-1);
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
      // Calls end again, so the next one need not wait, although some earlier calls may never end.
      this.retryAt = -Infinity;
    }
  }
}
