import { Logger } from '@nestjs/common';
import { checkNumbers } from '../../options/option-checks.js';
import { type Awaitable } from '../../verification/signature-key.js';

/**
 * 26 h in seconds: how long a handled callback is remembered by default. With the default `maxAge` a token is valid for
 * 25 h plus the clock tolerance in both directions, so no replay is missed.
 */
export const DEFAULT_RETENTION = 93_600;

/** The result of a claim: it is granted, the callback was handled before, or another copy is being handled. */
export type ClaimState = 'claimed' | 'completed' | 'in-progress';

/**
 * Remembers which callbacks were handled, so that duplicates and replays do not run a method twice. The abstract class
 * is also the injection token. An implementation must pass the cases of `callbackLedgerContract()`.
 *
 * Operations may throw or hang while the store is unavailable. The module limits each to `storageTimeout`, asks nothing
 * more until a probe is answered, and handles callbacks without the ledger, or answers 503 with `unavailable:
 * 'reject'`. The probe claims and releases an id that no callback has.
 */
export abstract class CallbackLedger {
  /** How long a completed callback is remembered, in seconds. At least as long as a token is valid. */
  abstract readonly retention: number;

  /**
   * How long a claim is valid without renewal, in seconds: the time until the callbacks of a process that died can be
   * claimed again. `Infinity` if claims end with the process.
   */
  abstract readonly lease: number;

  /** Where duplicates are detected, for the log, such as "in memory, this process only". */
  abstract readonly scope: string;

  /**
   * Claims a callback for a holder. Of several holders that claim at the same time, exactly one gets `claimed`. A
   * holder that claims again what it holds gets `claimed` again, for another lease.
   *
   * @param id the callback's identity
   * @param holder unique for each claim: a waiting delivery uses a new one each time, and repeats one only for a claim
   *   that it holds
   */
  abstract claim(id: string, holder: string): Awaitable<ClaimState>;

  /** Extends a claim by another lease. Returns `false` if the holder no longer holds it. */
  abstract renew(id: string, holder: string): Awaitable<boolean>;

  /** Remembers that the callback was handled, also if the caller does not hold the claim. */
  abstract complete(id: string): Awaitable<void>;

  /** Releases a claim, so that the next copy is handled. Does nothing if the caller does not hold the claim. */
  abstract release(id: string, holder: string): Awaitable<void>;

  /**
   * Problems with the store's own settings, one sentence each. Start-up logs them as warnings. Called once, limited by
   * `storageTimeout`; start-up neither waits for it nor fails with it. Default: none.
   */
  warnings?(): Awaitable<readonly string[]>;
}

/** Options of {@link MemoryCallbackLedger}. */
export interface MemoryCallbackLedgerOptions {
  /** How long a handled callback is remembered, in seconds, at most 3 153 600 000 (100 years). Default 93 600 (26 h). */
  readonly retention?: number | undefined;
  /**
   * The number of remembered callbacks at which the log warns, and again each time it doubles. `Infinity`: never.
   * Default 1 000 000.
   */
  readonly warnAbove?: number | undefined;
}

/** The most expired entries that one claim removes, so that no callback waits for a long clean-up. */
const DROPPED_AT_ONCE = 64;

/**
 * Remembers handled callbacks in the memory of this process. It forgets each after `retention` and never earlier,
 * because a replay would then be accepted. One entry takes about 100 bytes, and a Map of V8 can have at most 16.7
 * million entries. Other instances of the application do not see the entries, and a restart loses them.
 */
export class MemoryCallbackLedger extends CallbackLedger {
  readonly retention: number;
  readonly lease = Infinity;
  readonly scope = 'in memory, this process only';

  private readonly logger = new Logger('VideoCallbacks');
  /** Id → second of expiry. A small integer needs no extra memory in a Map. Ordered by completion, and so by expiry. */
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
