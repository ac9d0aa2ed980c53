import { Logger } from '@nestjs/common';
import { checkNumbers } from '../../options/option-checks.js';
import { type Awaitable } from '../../verification/signature-key.js';

/**
 * 26 h in seconds: how long a handled callback is remembered by default. With the default `maxAge` a token is valid for
 * 25 h and the tolerance of the clocks on either side, so that no replay finds a gap.
 */
export const DEFAULT_RETENTION = 93_600;

/**
 * How a claim ended: it is the caller's, the callback was handled before, or another copy is being handled.
 */
export type ClaimState = 'claimed' | 'completed' | 'in-progress';

/**
 * Remembers which callbacks were handled, so that duplicates and replays do not run a method twice. The abstract class
 * is also the injection token. An implementation passes the cases of `callbackLedgerContract()`.
 *
 * Every operation may throw or hang while its store is unavailable: the module bounds it by `storageTimeout`, asks
 * nothing more until a probe was answered, and handles callbacks all the same, or answers 503 with
 * `unavailable: 'reject'`. The probe claims and releases an id that no callback has.
 */
export abstract class CallbackLedger {
  /** How long a completed callback is remembered, in seconds. At least as long as a token is valid. */
  abstract readonly retention: number;

  /**
   * How long a claim holds that is not renewed, in seconds: a process that died frees its callbacks by it. `Infinity`
   * where claims die with the process.
   */
  abstract readonly lease: number;

  /** Where duplicates are noticed, for the log: as "in memory, this process only". */
  abstract readonly scope: string;

  /**
   * Claims a callback for a holder. Of several that claim at once exactly one gets `claimed`; a holder that asks again
   * for what it holds gets `claimed` again, for another lease.
   *
   * @param id the callback's identity
   * @param holder unique for each question: a delivery that waits asks with another one each time, and asks again with
   *   the same one only for what it holds
   */
  abstract claim(id: string, holder: string): Awaitable<ClaimState>;

  /** Prolongs a claim by another lease; `false` if the holder does not hold it any more. */
  abstract renew(id: string, holder: string): Awaitable<boolean>;

  /** Remembers that the callback was handled. Counts from whoever it comes: handled is handled. */
  abstract complete(id: string): Awaitable<void>;

  /** Gives a claim back, so that the next copy is handled. Does nothing for anyone but the holder. */
  abstract release(id: string, holder: string): Awaitable<void>;

  /**
   * What is wrong with the store's own settings, a sentence each: start-up logs them as warnings. Asked once, bounded by
   * `storageTimeout`; start-up neither waits for the answer nor fails with it. Default: none.
   */
  warnings?(): Awaitable<readonly string[]>;
}

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
  /** When the oldest entry expires, or earlier: nothing is dropped before. */
  private nextExpiry = 0;

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
    // A look at the oldest entry passes all that were dropped before it.
    if (now < this.nextExpiry) return;
    let dropped = 0;
    for (const [id, expiry] of this.completed) {
      this.nextExpiry = expiry;
      if (expiry > now || dropped >= DROPPED_AT_ONCE) return;
      this.completed.delete(id);
      dropped += 1;
    }
  }
}

/** In seconds, of a monotonic clock. */
function uptime(): number {
  return performance.now() / 1000;
}
