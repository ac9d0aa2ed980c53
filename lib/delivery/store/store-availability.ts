import { type OnApplicationShutdown, ServiceUnavailableException } from '@nestjs/common';
import { type StorageDependency } from '../../telemetry/callback-outcome.js';
import { type CallbackReport } from '../../telemetry/callback-report.js';
import { type CallbackTelemetry } from '../../telemetry/callback-telemetry.js';
import { type Awaitable } from '../../verification/signature-key.js';
import { OwnFault } from '../../verification/own-fault.js';
import { type Arrival } from '../arrival.js';
import { BackgroundCheck } from './background-check.js';
import { MissedCallbacks, type UnavailablePolicy } from './missed-callbacks.js';
import { PendingRecords, type WriteRecord } from './pending-records.js';
import { isThenable, withinTime } from './time-limit.js';

/** The ledger or the inbox is unavailable: it was not asked, or a callback was refused. */
export class StorageUnavailableError extends OwnFault {
  override readonly name = 'StorageUnavailableError';
  /** `ERR_CALLBACKS_STORAGE_UNAVAILABLE` */
  override readonly code = 'ERR_CALLBACKS_STORAGE_UNAVAILABLE';
}

/** How a store is used. */
export interface StoreSettings {
  readonly dependency: StorageDependency;
  readonly policy: UnavailablePolicy;
  /** How long one operation may take, in ms. */
  readonly storageTimeoutMs: number;
  /** Asks the store for something, to find out whether it answers. */
  readonly probe: () => Awaitable<unknown>;
}

/**
 * Knows whether the ledger or the inbox is available, and bounds every operation in time. After a failure the store
 * counts as unavailable: no callback asks it, and none waits for it, until a probe in the background is answered. Then
 * the records that it missed are written.
 */
export class StoreAvailability implements OnApplicationShutdown {
  private isAvailable = true;
  /** What made the store unavailable. */
  private failure: unknown;
  /** How often it came back: the failure of an operation that began before says nothing about now. */
  private recoveries = 0;
  private hasProbeFailed = false;
  private readonly missedCallbacks: MissedCallbacks;
  private readonly records = new PendingRecords();
  private readonly check = new BackgroundCheck(
    async () => (await this.probe()) && (await this.writeRecords()) && this.isAvailable,
  );

  constructor(
    private readonly settings: StoreSettings,
    telemetry: CallbackTelemetry,
  ) {
    this.missedCallbacks = new MissedCallbacks(settings, telemetry);
  }

  get policy(): UnavailablePolicy {
    return this.settings.policy;
  }

  /** Whether the store is available and, if a callback came within the last 10 s, took the latest. */
  get isHealthy(): boolean {
    return this.isAvailable && !this.missedCallbacks.isRecent;
  }

  /**
   * Runs an operation that a callback needs, for at most `storageTimeout`.
   *
   * @throws {StorageUnavailableError} at once while the store is unavailable
   * @throws {StorageTimeoutError} when the time is up, and whatever the operation throws; then the store is unavailable
   */
  ask<Result>(operation: () => Result | PromiseLike<Result>): Awaitable<Result> {
    return this.run(
      operation,
      () => {
        this.succeeded();
      },
      (error, recoveries) => {
        this.failed(error, recoveries);
      },
    );
  }

  /** As {@link ask}, for an operation that does not show whether the store takes callbacks: if it fails, a probe does. */
  look<Result>(operation: () => Result | PromiseLike<Result>): Awaitable<Result> {
    return this.run(
      operation,
      () => undefined,
      () => {
        this.check.start();
      },
    );
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

  /** The store does not know of a callback. */
  missed(report: CallbackReport, error: unknown): void {
    this.missedCallbacks.add(report, error instanceof StorageUnavailableError ? error.cause : error);
  }

  /**
   * The store does not know of a callback, which is refused if the operator chose so.
   *
   * @throws {ServiceUnavailableException} 503, with `unavailable: 'reject'`
   */
  refuseIfRejecting({ report }: Arrival, error: unknown): void {
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

  private run<Result>(
    operation: () => Result | PromiseLike<Result>,
    onAnswer: () => void,
    onFailure: (error: unknown, recoveries: number) => void,
  ): Awaitable<Result> {
    if (!this.isAvailable) {
      throw new StorageUnavailableError(`the ${this.settings.dependency} is unavailable`, { cause: this.failure });
    }
    const { recoveries } = this;
    const fail = (error: unknown): never => {
      onFailure(error, recoveries);
      throw error;
    };
    let answer: Result | PromiseLike<Result>;
    try {
      answer = operation();
    } catch (error) {
      return fail(error);
    }
    const take = (result: Result): Result => {
      onAnswer();
      return result;
    };
    return isThenable(answer) ? this.bounded(() => answer).then(take, fail) : take(answer);
  }

  private succeeded(): void {
    // While the store counts as unavailable, the answer to an earlier operation says nothing.
    if (!this.isAvailable) return;
    this.check.resetPauses();
    this.missedCallbacks.end();
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
    // A store that answers at once, but did not take a callback, has yet to take one.
    if (this.hasProbeFailed) this.missedCallbacks.end();
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
