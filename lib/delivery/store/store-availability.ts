import { Inject, Injectable, type OnApplicationShutdown, ServiceUnavailableException } from '@nestjs/common';
import { type StorageDependency } from '../../telemetry/callback-outcome.js';
import { type CallbackReport } from '../../telemetry/callback-report.js';
import { CallbackTelemetry } from '../../telemetry/callback-telemetry.js';
import { type Awaitable } from '../../verification/signature-key.js';
import { OwnFault } from '../../verification/own-fault.js';
import { BackgroundCheck, PendingRecords, type WriteRecord } from './recovery.js';
import { isThenable, withinTime } from './time-limit.js';

/** The ledger or the inbox is unavailable: it was not asked, or a callback was refused. */
export class StorageUnavailableError extends OwnFault {
  override readonly name = 'StorageUnavailableError';
  /** `ERR_CALLBACKS_STORAGE_UNAVAILABLE` */
  override readonly code = 'ERR_CALLBACKS_STORAGE_UNAVAILABLE';
}

/** What to do with a callback while the ledger or the inbox is unavailable. */
export type UnavailablePolicy = 'handle' | 'reject';

/** How a store is used. */
export interface StoreSettings {
  readonly dependency: StorageDependency;
  readonly policy: UnavailablePolicy;
  /** How long one operation may take, in ms. */
  readonly storageTimeoutMs: number;
  /** Asks the store for something, to find out whether it answers. */
  readonly probe: () => Awaitable<unknown>;
}

/** Injection token of the {@link StoreSettings} that the options make. */
export const STORE_SETTINGS = Symbol('VideoCallbacksModule: store settings');

/** How long after a missed callback the store counts as not accepting callbacks, in ms. */
const RECENT_MS = 10_000;

/**
 * Tracks whether the ledger or the inbox is available, and limits the time of every operation. After a failure the
 * store counts as unavailable: callbacks skip it without waiting until a background probe is answered. Then the records
 * that it missed are written.
 */
@Injectable()
export class StoreAvailability implements OnApplicationShutdown {
  private isAvailable = true;
  /** What made the store unavailable. */
  private failure: unknown;
  /** How often it became available again: the failure of an operation that started earlier is then ignored. */
  private recoveries = 0;
  private hasProbeFailed = false;
  /** How many callbacks it missed since it last accepted one. */
  private missedCount = 0;
  /** When it missed the latest, by the clock of `performance.now()`. */
  private latestMissedAt = -Infinity;
  private readonly records = new PendingRecords();
  private readonly check = new BackgroundCheck(
    async () => (await this.probe()) && (await this.writeRecords()) && this.isAvailable,
  );

  constructor(
    @Inject(STORE_SETTINGS) private readonly settings: StoreSettings,
    private readonly telemetry: CallbackTelemetry,
  ) {}

  get policy(): UnavailablePolicy {
    return this.settings.policy;
  }

  /** Whether the store is available and, if a callback came within the last 10 s, took the latest. */
  get isHealthy(): boolean {
    const hasJustMissed = this.missedCount > 0 && performance.now() - this.latestMissedAt < RECENT_MS;
    return this.isAvailable && !hasJustMissed;
  }

  /**
   * Runs an operation that a callback needs, for at most `storageTimeout`. A store that answers at once is not waited for.
   *
   * @throws {StorageUnavailableError} at once while the store is unavailable
   * @throws {StorageTimeoutError} when the time is up, and whatever the operation throws; then the store is unavailable
   */
  ask<Result>(operation: () => Result | PromiseLike<Result>): Awaitable<Result> {
    this.assertAvailable();
    const { recoveries } = this;
    let answer: Result | PromiseLike<Result>;
    try {
      answer = operation();
    } catch (error) {
      this.failed(error, recoveries);
      throw error;
    }
    if (isThenable(answer)) return this.answered(answer, recoveries);
    this.succeeded();
    return answer;
  }

  /**
   * Like {@link ask}, for an operation that does not show whether the store accepts callbacks. If it fails, a probe
   * finds out.
   */
  async look<Result>(operation: () => Result | PromiseLike<Result>): Promise<Result> {
    this.assertAvailable();
    try {
      return await this.bounded(operation);
    } catch (error) {
      this.check.start();
      throw error;
    }
  }

  /**
   * Writes a record into the store without anybody waiting for it; again when the store is back, if that fails.
   *
   * @param key a record replaces a pending one with the same key
   * @param onMissed called if the first attempt fails
   * @returns when the first attempt has ended; never rejects
   */
  record(key: string, write: WriteRecord, onMissed: (error: unknown) => void): Awaitable<void> {
    const keep = (error: unknown): void => {
      onMissed(error);
      this.check.start();
    };
    try {
      const answer = this.ask(write);
      this.records.delete(key);
      if (!isThenable(answer)) return;
      const attempt = answer.then(() => {
        this.records.delete(key);
      }, keep);
      this.records.add(key, write, attempt);
      return attempt;
    } catch (error) {
      this.records.add(key, write);
      keep(error);
    }
  }

  /** Whether the store may not have a record yet. */
  isPending(key: string): boolean {
    return this.records.has(key);
  }

  /** The store missed a callback. */
  missed(report: CallbackReport, error: unknown): void {
    this.missedCount += 1;
    this.latestMissedAt = performance.now();
    const { dependency, policy } = this.settings;
    report.unavailable({ dependency, policy, error: error instanceof StorageUnavailableError ? error.cause : error });
  }

  /**
   * The store missed a callback, which is refused if the options say so.
   *
   * @throws {ServiceUnavailableException} 503, with `unavailable: 'reject'`
   */
  refuseIfRejecting({ report }: { readonly report: CallbackReport }, error: unknown): void {
    this.missed(report, error);
    if (this.policy === 'handle') return;
    const { dependency } = this.settings;
    report.failed(new StorageUnavailableError(`the ${dependency} is unavailable, and unavailable is 'reject'`));
    throw new ServiceUnavailableException();
  }

  /** Called by Nest once the server is closed: what is pending is written, within `storageTimeout`. */
  async onApplicationShutdown(): Promise<void> {
    this.check.close();
    const end = (): boolean => false;
    await this.bounded(() => this.records.flush((write) => this.bounded(write), end)).catch(end);
  }

  private assertAvailable(): void {
    if (this.isAvailable) return;
    throw new StorageUnavailableError(`the ${this.settings.dependency} is unavailable`, { cause: this.failure });
  }

  private async answered<Result>(answer: PromiseLike<Result>, recoveries: number): Promise<Result> {
    let result: Result;
    try {
      result = await this.bounded(() => answer);
    } catch (error) {
      this.failed(error, recoveries);
      throw error;
    }
    this.succeeded();
    return result;
  }

  private succeeded(): void {
    // While the store counts as unavailable, the answer to an earlier operation says nothing.
    if (!this.isAvailable) return;
    this.check.resetPauses();
    this.endMissing();
  }

  /** The store accepts callbacks again. This is reported if it missed any. */
  private endMissing(): void {
    if (this.missedCount === 0) return;
    const missed = this.missedCount;
    this.missedCount = 0;
    const { dependency } = this.settings;
    this.telemetry.report('recovered', () => ({ dependency, missed }));
  }

  private failed(error: unknown, recoveries: number): void {
    if (recoveries !== this.recoveries) return;
    this.failure = error;
    this.isAvailable = false;
    this.check.start();
  }

  private async probe(): Promise<boolean> {
    try {
      await this.bounded(this.settings.probe);
    } catch (error) {
      this.failure = error;
      this.isAvailable = false;
      this.hasProbeFailed = true;
      return false;
    }
    if (!this.isAvailable) this.recoveries += 1;
    this.isAvailable = true;
    // If the store answers but refused the last callback, it must first accept one.
    if (this.hasProbeFailed) this.endMissing();
    this.hasProbeFailed = false;
    return true;
  }

  private writeRecords(): Promise<boolean> {
    const run = async (write: WriteRecord): Promise<void> => {
      await this.bounded(write);
      this.succeeded();
    };
    return this.records.flush(run, () => this.probe());
  }

  private bounded<Result>(operation: () => Result | PromiseLike<Result>): Promise<Result> {
    return withinTime(this.settings.storageTimeoutMs, operation);
  }
}
