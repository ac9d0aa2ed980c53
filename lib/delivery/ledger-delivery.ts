import { ServiceUnavailableException } from '@nestjs/common';
import { OwnFault } from '../verification/own-fault.js';
import { type Arrival, type DeliveryWay } from './arrival.js';
import { type CallbackLedger } from './callback-ledger.js';
import { type ClaimLimits, DeliveryClaims, type HeldClaim } from './delivery-claims.js';
import { handleArrival } from './handling.js';
import { type StoragePolicy } from './storage-policy.js';

/** A copy of a callback waited for another one that is still being handled. */
export class StillInProgressError extends OwnFault {
  override readonly name = 'StillInProgressError';

  constructor(seconds: number) {
    super(`another copy of it has been in progress for more than ${seconds} s (duplicateTimeout)`);
  }
}

/** Claims a callback in a ledger, so that its copies do not run the method again, and handles it in the request. */
export class LedgerDelivery implements DeliveryWay {
  readonly description: string;
  private readonly claims: DeliveryClaims;

  constructor(
    ledger: CallbackLedger,
    private readonly limits: ClaimLimits,
    private readonly storage: StoragePolicy,
  ) {
    this.description = `duplicates are noticed ${ledger.scope}`;
    this.claims = new DeliveryClaims(ledger, limits, () => {
      storage.answered();
    });
  }

  /**
   * @throws {ServiceUnavailableException} 503, if another copy takes longer than `duplicateTimeout`, or if the ledger is
   *   away and `unavailable` is `reject`
   */
  async deliver(arrival: Arrival): Promise<unknown> {
    const startedAt = performance.now();
    let claim: Awaited<ReturnType<DeliveryClaims['claim']>>;
    let isMissed = false;
    try {
      claim = await this.claims.claim(arrival.id, () => arrival.abandoned());
      arrival.clock.add('storage', startedAt);
    } catch (error) {
      arrival.clock.add('storage', startedAt);
      isMissed = true;
      this.storage.refuseIfRejecting(arrival, error);
      // Also without the ledger a copy of one that this process is handling waits.
      claim = await this.claims.holdWithoutLedger(arrival.id, () => arrival.abandoned());
    }
    switch (claim) {
      case 'completed':
        arrival.report.duplicate();
        return undefined;
      case 'timed-out':
        arrival.report.failed(new StillInProgressError(this.limits.duplicateTimeout / 1000));
        throw new ServiceUnavailableException();
      case 'abandoned':
        // Nobody is there to read the answer, and the copy that is in progress goes on.
        throw new ServiceUnavailableException();
      default:
        return this.handle(arrival, claim, isMissed);
    }
  }

  /** @param isMissed whether it was told already that the ledger does not know of the callback */
  private async handle(arrival: Arrival, claim: HeldClaim, isMissed: boolean): Promise<unknown> {
    let value: unknown;
    try {
      value = await handleArrival(arrival);
    } catch (error) {
      await this.end(arrival, isMissed, () => claim.release());
      throw error;
    }
    await this.end(arrival, isMissed, () => claim.complete());
    return value;
  }

  /** The method has run: an error of the ledger must not turn that into a failure. */
  private async end({ report }: Arrival, isMissed: boolean, operation: () => Promise<void>): Promise<void> {
    try {
      await operation();
    } catch (error) {
      if (!isMissed) this.storage.missed(report, error);
    }
  }
}
