import { AsyncResource } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { types } from 'node:util';
import {
  CallbackInbox,
  type DeliverStored,
  type PutResult,
  type ReportDead,
} from '../delivery/inbox/callback-inbox.js';
import { DeliveryFailedError, type StoredCallback } from '../delivery/inbox/stored-callback.js';
import { checkNumbers } from '../options/option-checks.js';

/** Options of a {@link MemoryCallbackInbox}. */
export interface MemoryCallbackInboxOptions {
  /** After how many attempts a callback is given up. Default 1: a test sees at once that a method throws. */
  readonly attempts?: number | undefined;
  /** The pause before each further attempt, in ms. Default 0. */
  readonly backoff?: number | undefined;
  /**
   * How long `settled()`, `handled()` and the end of the application wait for callbacks, in ms. Default 4000, which is
   * less than jest and vitest wait for a test.
   */
  readonly timeout?: number | undefined;
}

/** The result of a callback in a {@link MemoryCallbackInbox}. */
export interface SettledCallback {
  /** The callback as it was stored. */
  readonly callback: StoredCallback;
  /** How often it was delivered. */
  readonly attempts: number;
  /**
   * Why the last attempt failed: what the method threw, what is wrong with a body that cannot be used, or a
   * `DeliveryFailedError` if there is no such Error. Absent if the callback was handled.
   */
  readonly error?: Error;
}

/** A callback that is neither handled nor given up. */
interface OpenCallback {
  readonly callback: StoredCallback;
  attempts: number;
}

/**
 * An inbox in memory, for tests: it delivers as `BullCallbackInbox` does, without Redis, and a test can wait until all
 * callbacks are handled. It recognises copies until {@link clear}.
 *
 * @example
 * const inbox = new MemoryCallbackInbox();
 * // … start the application with `inbox`
 * await postCallback(app, '/video/archives', signCallback({ body, apiKey, secret }));
 * await inbox.handled();
 */
export class MemoryCallbackInbox extends CallbackInbox {
  readonly scope = 'stored in memory';
  readonly retention = Infinity;

  private known = new Set<string>();
  private readonly open = new Set<OpenCallback>();
  private results: SettledCallback[] = [];
  // Any number of tests may wait at once.
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private begin: ((open: OpenCallback) => void) | undefined;
  private stopping = new AbortController();
  private underWay = 0;

  /** @throws {RangeError} if an option is out of its range */
  constructor(private readonly options: MemoryCallbackInboxOptions = {}) {
    super();
    const { attempts, backoff, timeout } = options;
    checkNumbers('MemoryCallbackInbox', { attempts, backoff, timeout });
  }

  /**
   * Waits until every callback that was put is handled or given up.
   *
   * @returns the results since the start or the last {@link clear}, in the order in which they ended
   * @throws {Error} after `timeout`; the message names the open callbacks
   */
  async settled(): Promise<readonly SettledCallback[]> {
    if (!(await this.until(() => this.open.size === 0))) throw new Error(this.describeOpen());
    return [...this.results];
  }

  /**
   * Waits as {@link settled} does, for tests in which no method is expected to fail.
   *
   * @throws the first error among the results: the error of the method, if it was reached
   */
  async handled(): Promise<readonly SettledCallback[]> {
    const results = await this.settled();
    const error = results.find((result) => result.error !== undefined)?.error;
    if (error !== undefined) throw error;
    return results;
  }

  /** Forgets what was handled and given up, between two tests: a copy is then delivered again. */
  clear(): void {
    this.results = [];
    this.known = new Set(Array.from(this.open, ({ callback }) => callback.id));
  }

  override put(callback: StoredCallback): PutResult {
    if (this.known.has(callback.id)) return 'known';
    this.known.add(callback.id);
    const open = { callback, attempts: 0 };
    this.open.add(open);
    this.begin?.(open);
    return 'stored';
  }

  override start(deliver: DeliverStored, reportDead: ReportDead): void {
    if (this.begin !== undefined) return;
    this.stopping = new AbortController();
    const { signal } = this.stopping;
    // As in a separate process, the method has no access to the request that brought its callback.
    this.begin = AsyncResource.bind((open: OpenCallback) => void this.work(open, signal, deliver, reportDead));
    for (const open of this.open) this.begin(open);
  }

  override counts() {
    return { waiting: this.open.size, dead: this.results.filter(({ error }) => error !== undefined).length };
  }

  override async stop(): Promise<void> {
    this.begin = undefined;
    this.stopping.abort();
    await this.until(() => this.underWay === 0);
  }

  override close(): void {
    // There is no store to close.
  }

  private async work(
    open: OpenCallback,
    signal: AbortSignal,
    deliver: DeliverStored,
    reportDead: ReportDead,
  ): Promise<void> {
    this.underWay += 1;
    try {
      await this.deliverUntilSettled(open, signal, deliver, reportDead);
    } finally {
      this.underWay -= 1;
      this.changes.emit('change');
    }
  }

  private async deliverUntilSettled(
    open: OpenCallback,
    signal: AbortSignal,
    deliver: DeliverStored,
    reportDead: ReportDead,
  ): Promise<void> {
    const { attempts: of = 1, backoff = 0 } = this.options;
    while (this.open.has(open) && !signal.aborted) {
      open.attempts += 1;
      const attempt = { attempt: open.attempts, of };
      const failure = await failureOf(() => deliver(open.callback, attempt));
      if (failure === undefined) this.settle(open);
      else if (failure.next === 'give-up' || open.attempts >= of) {
        this.settle(open, types.isNativeError(failure.cause) ? failure.cause : failure);
        reportDead(open.callback, attempt, failure);
      } else if (backoff > 0) await wait(backoff, undefined, { signal }).catch(() => undefined);
    }
  }

  private settle(open: OpenCallback, error?: Error): void {
    this.open.delete(open);
    this.results.push({ ...open, ...(error && { error }) });
  }

  /** @returns whether it became so within `timeout` */
  private async until(isSo: () => boolean): Promise<boolean> {
    const signal = AbortSignal.timeout(this.options.timeout ?? 4000);
    try {
      while (!isSo()) await once(this.changes, 'change', { signal });
      return true;
    } catch {
      return false;
    }
  }

  private describeOpen(): string {
    const open = Array.from(this.open, ({ callback: { token, route }, attempts }) => {
      return `${token.kind} callback to ${route}, ${attempts === 0 ? 'not delivered' : `attempt ${attempts}`}`;
    });
    const reason = this.begin === undefined ? ', as the inbox was not started: call app.init() or app.listen()' : '';
    return `Not handled within ${this.options.timeout ?? 4000} ms${reason}: ${open.join('; ')}.`;
  }
}

async function failureOf(deliver: () => Promise<void>): Promise<DeliveryFailedError | undefined> {
  try {
    await deliver();
    return undefined;
  } catch (error) {
    if (error instanceof DeliveryFailedError) return error;
    return new DeliveryFailedError('the delivery failed', 'retry', { cause: error });
  }
}
