/** A granted turn. End it when the work is done. */
export interface Turn {
  /** Whether nothing runs beside it at its start. */
  readonly isAlone: boolean;
  readonly end: () => void;
}

/** The terms of a turn alone. */
export interface AloneTerms {
  /** How long it waits for those that run to end, in ms. If they do not, it runs beside them. */
  readonly waitMs: number;
  /** How long others wait for it, in ms. */
  readonly aloneMs: number;
  /** Called if it has not ended by then, before others begin. */
  readonly onOver: () => void;
}

interface Waiting {
  readonly terms: AloneTerms | undefined;
  since: number;
  readonly settle: (turn: Turn | undefined) => void;
}

/**
 * Grants turns side by side, or one turn alone, in the order of the requests. Every wait is limited: a turn that does
 * not end delays the others only as long as its terms say.
 */
export class Turns {
  private readonly running = new Set<Turn>();
  private alone: Turn | undefined;
  private hasClosed = false;
  private readonly waiting: Waiting[] = [];
  private patience: NodeJS.Timeout | undefined;
  private aloneLimit: NodeJS.Timeout | undefined;

  get isClosed(): boolean {
    return this.hasClosed;
  }

  /**
   * Waits for a turn.
   *
   * @param terms of a turn alone; without them it is one beside others
   * @returns `undefined` if there will be none, because the turns were closed
   */
  take(terms?: AloneTerms): Promise<Turn | undefined> {
    if (this.hasClosed) return Promise.resolve(undefined);
    return new Promise((settle) => {
      this.waiting.push({ terms, since: performance.now(), settle });
      this.advance();
    });
  }

  /** Grants no more turns. Granted turns are not affected. */
  close(): void {
    this.hasClosed = true;
    clearTimeout(this.patience);
    clearTimeout(this.aloneLimit);
    for (const { settle } of this.waiting.splice(0)) settle(undefined);
  }

  private advance(): void {
    clearTimeout(this.patience);
    for (let next = this.waiting[0]; next !== undefined && this.alone === undefined; next = this.waiting[0]) {
      const leftMs = this.leftToWait(next);
      if (leftMs > 0) {
        this.patience = setTimeout(() => {
          this.advance();
        }, leftMs);
        return;
      }
      this.waiting.shift();
      next.settle(this.begin(next));
    }
  }

  private leftToWait({ terms, since }: Waiting): number {
    return terms === undefined || this.running.size === 0 ? 0 : since + terms.waitMs - performance.now();
  }

  private begin({ terms }: Waiting): Turn {
    const isAlone = terms !== undefined && this.running.size === 0;
    const turn: Turn = {
      isAlone,
      end: () => {
        this.leave(turn);
      },
    };
    this.running.add(turn);
    if (isAlone) {
      this.alone = turn;
      this.aloneLimit = setTimeout(() => {
        terms.onOver();
        // It has shown that it ends no process at once: those that ask for a turn alone do not wait for it either.
        this.leave(turn);
      }, terms.aloneMs);
    }
    return turn;
  }

  private leave(turn: Turn): void {
    this.running.delete(turn);
    if (this.alone === turn) {
      clearTimeout(this.aloneLimit);
      this.alone = undefined;
      // Nobody could wait for those that run while one ran alone.
      for (const each of this.waiting) each.since = performance.now();
    }
    this.advance();
  }
}
