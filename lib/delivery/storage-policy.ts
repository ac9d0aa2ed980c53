import { ServiceUnavailableException } from '@nestjs/common';
import { type StorageDependency } from '../telemetry/callback-outcome.js';
import { type CallbackReport } from '../telemetry/callback-report.js';
import { type CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { OwnFault } from '../verification/own-fault.js';
import { type Arrival } from './arrival.js';
import { handleArrival } from './handling.js';

/** What is done with a callback while the ledger or the inbox is away. */
export type UnavailablePolicy = 'handle' | 'reject';

/** A callback was refused because the ledger or the inbox is away, as the operator chose. */
export class StorageAwayError extends OwnFault {
  override readonly name = 'StorageAwayError';

  constructor(dependency: StorageDependency) {
    super(`the ${dependency} is away, and unavailable is 'reject'`);
  }
}

/** How long a callback that a store did not take speaks against it, in ms. */
const REMEMBERED_MISS = 10_000;

/** Decides what becomes of callbacks while a store is away. */
export class StoragePolicy {
  private missedCallbacks = 0;
  /** By the clock of `performance.now()`. */
  private lastMissAt = -Infinity;

  constructor(
    private readonly dependency: StorageDependency,
    readonly policy: UnavailablePolicy,
    private readonly telemetry: CallbackTelemetry,
  ) {}

  /** Whether the store did not take the latest callback, which came not long ago. */
  get hasJustMissed(): boolean {
    return this.missedCallbacks > 0 && performance.now() - this.lastMissAt < REMEMBERED_MISS;
  }

  /** The store answered. */
  answered(): void {
    if (this.missedCallbacks === 0) return;
    const missed = this.missedCallbacks;
    this.missedCallbacks = 0;
    this.telemetry.tell('recovered', () => ({ dependency: this.dependency, missed }));
  }

  /** The store does not know of a callback. */
  missed(report: CallbackReport, error: unknown): void {
    this.missedCallbacks += 1;
    this.lastMissAt = performance.now();
    report.unavailable({ dependency: this.dependency, error, policy: this.policy });
  }

  /**
   * Handles a callback of which the store does not know, so that it is not lost.
   *
   * @throws {ServiceUnavailableException} 503, with `unavailable: 'reject'`
   */
  async deliverWithout(arrival: Arrival, error: unknown): Promise<unknown> {
    this.refuseIfRejecting(arrival, error);
    return handleArrival(arrival);
  }

  /** @throws {ServiceUnavailableException} 503, with `unavailable: 'reject'` */
  refuseIfRejecting({ report }: Arrival, error: unknown): void {
    this.missed(report, error);
    if (this.policy === 'handle') return;
    report.failed(new StorageAwayError(this.dependency));
    throw new ServiceUnavailableException();
  }
}
