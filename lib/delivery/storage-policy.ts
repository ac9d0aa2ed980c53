import { ServiceUnavailableException } from '@nestjs/common';
import { type CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { OwnFault } from '../verification/own-fault.js';
import { type GenuineCallbackOutcome } from '../telemetry/callback-observer.js';
import { type Arrival } from './arrival.js';
import { handleArrival } from './handling.js';

/** What is done with a callback while the ledger or the inbox is away. */
export type UnavailablePolicy = 'handle' | 'reject';

/** A callback was refused because the ledger or the inbox is away, as the operator chose. */
export class StorageAwayError extends OwnFault {
  override readonly name = 'StorageAwayError';

  constructor() {
    super("the store of callbacks is away, and unavailable is 'reject'");
  }
}

/** Decides what becomes of callbacks while a store is away, and has it reported once per outage. */
export class StoragePolicy {
  private missedCallbacks = 0;

  constructor(
    private readonly policy: UnavailablePolicy,
    private readonly telemetry: CallbackTelemetry,
  ) {}

  /** The store answered. */
  answered(): void {
    if (this.missedCallbacks === 0) return;
    this.telemetry.storageRecovered(this.missedCallbacks);
    this.missedCallbacks = 0;
  }

  /** The store does not know of a callback. */
  missed(outcome: GenuineCallbackOutcome, error: unknown): void {
    this.missedCallbacks += 1;
    if (this.missedCallbacks > 1) return;
    this.telemetry.storageUnavailable({ ...outcome, error, policy: this.policy });
  }

  /**
   * Handles a callback of which the store does not know, so that it is not lost.
   *
   * @throws {ServiceUnavailableException} 503, with `unavailable: 'reject'`
   */
  async deliverWithout(arrival: Arrival, error: unknown): Promise<unknown> {
    this.refuseIfRejecting(arrival, error);
    return handleArrival(arrival, this.telemetry);
  }

  /** @throws {ServiceUnavailableException} 503, with `unavailable: 'reject'` */
  refuseIfRejecting(arrival: Arrival, error: unknown): void {
    this.missed(arrival.outcome, error);
    if (this.policy === 'handle') return;
    this.telemetry.failed({ ...arrival.outcome, error: new StorageAwayError() });
    throw new ServiceUnavailableException();
  }
}
