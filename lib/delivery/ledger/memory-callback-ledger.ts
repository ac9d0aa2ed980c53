import { Logger } from '@nestjs/common';
import { checkNumbers } from '../../options/option-checks.js';
import { CallbackLedger, type ClaimState } from './callback-ledger.js';
import { DEFAULT_RETENTION } from './default-retention.js';

/** Options of {@link MemoryCallbackLedger}. */
export interface MemoryCallbackLedgerOptions {
  /** How long a handled callback is remembered, in seconds, at most 3 153 600 000 (100 years). Default 93 600 (26 h). */
  readonly retention?: number | undefined;
  /**
   * From how many remembered callbacks on the log is warned, and again at each doubling; `Infinity`: never. Default
   * 1 000 000.
   */
  readonly warnAbove?: number | undefined;
}

/** At most so many expired entries are dropped by one claim, so that no callback waits for a great clean-up. */
const DROPPED_AT_ONCE = 64;

/**
 * Remembers handled callbacks in the memory of this process. It forgets each after `retention` and none earlier, since
 * that would let a replay through: one entry takes about 100 bytes, and a Map of V8 holds at most 16.7 million. Other
 * instances of the application, and this one after a restart, know nothing of it.
 */
export class MemoryCallbackLedger extends CallbackLedger {
  readonly retention: number;
  readonly lease = Infinity;
  readonly scope = 'in memory, this process only';

  private readonly logger = new Logger('VideoCallbacks');
  /**
   * Id → second of expiry, which as a whole number takes no memory of its own in a Map. In the order of completion, hence
   * of expiry.
   */
  private readonly completed = new Map<string, number>();
  private readonly holders = new Map<string, string>();
  private warnAt: number;

  /** @throws {RangeError} if a number among the options is out of its range */
  constructor({ retention = DEFAULT_RETENTION, warnAbove = 1_000_000 }: MemoryCallbackLedgerOptions = {}) {
    super();
    checkNumbers('MemoryCallbackLedger', { retention, warnAbove });
    this.retention = retention;
    this.warnAt = warnAbove;
  }

  /** How many handled callbacks are remembered. */
  get size(): number {
    return this.completed.size;
  }

  override claim(id: string, holder: string): ClaimState {
    const now = uptime();
    this.dropExpired(now);
    if ((this.completed.get(id) ?? now) > now) return 'completed';
    const current = this.holders.get(id);
    if (current !== undefined && current !== holder) return 'in-progress';
    this.holders.set(id, holder);
    return 'claimed';
  }

  override renew(id: string, holder: string): boolean {
    return this.holders.get(id) === holder;
  }

  override complete(id: string): void {
    this.holders.delete(id);
    // Deleted first, so that the entry goes to the end of the order.
    this.completed.delete(id);
    this.completed.set(id, Math.ceil(uptime() + this.retention));
    if (this.completed.size < this.warnAt) return;
    this.logger.warn(
      `${this.completed.size} callbacks are remembered in memory, for ${this.retention} s each: about ` +
        `${Math.round(this.completed.size / 10_000)} MB. A ledger in Redis would take them out of this process.`,
    );
    this.warnAt *= 2;
  }

  override release(id: string, holder: string): void {
    if (this.holders.get(id) === holder) this.holders.delete(id);
  }

  private dropExpired(now: number): void {
    let dropped = 0;
    for (const [id, expiry] of this.completed) {
      if (expiry > now || dropped >= DROPPED_AT_ONCE) return;
      this.completed.delete(id);
      dropped += 1;
    }
  }
}

/** In seconds, of a clock that nobody sets. */
function uptime(): number {
  return performance.now() / 1000;
}
