import { type Awaitable } from '../../verification/signature-key.js';

/**
 * How a claim ended: it is the caller's, the callback was handled before, or somebody else is handling it right now.
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
   * for what it holds gets `claimed` again.
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
