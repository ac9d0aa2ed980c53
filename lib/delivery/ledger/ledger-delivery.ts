import { ServiceUnavailableException } from '@nestjs/common';
import { OwnFault } from '../../verification/own-fault.js';
import { type Delivery, type DeliveryWay, handle } from '../delivery.js';
import { type CallbackLedger } from './callback-ledger.js';
import { type HeldClaim, type WaitResult } from './claim-waiter.js';
import { DeliveryClaims } from './delivery-claims.js';
import { type StoreAvailability } from '../store/store-availability.js';

/** A copy of a callback waited for another one that is still being handled. */
export class StillInProgressError extends OwnFault {
  override readonly name = 'StillInProgressError';
  /** `ERR_CALLBACKS_STILL_IN_PROGRESS` */
  override readonly code = 'ERR_CALLBACKS_STILL_IN_PROGRESS';

  constructor(seconds: number) {
    super(`another copy of it has been in progress for more than ${seconds} s (duplicateTimeout)`);
  }
}

/** Claims a callback in a ledger, so that its copies do not run the method again, and handles it in the request. */
export class LedgerDelivery implements DeliveryWay {
  readonly description: string;
  private readonly claims: DeliveryClaims;

  /** @param duplicateTimeoutMs how long a duplicate waits for a copy that is being handled, in ms */
  constructor(
    ledger: CallbackLedger,
    private readonly store: StoreAvailability,
    private readonly duplicateTimeoutMs: number,
  ) {
    this.description = `duplicates are noticed ${ledger.scope}`;
    this.claims = new DeliveryClaims(ledger, store, duplicateTimeoutMs);
  }

  /**
   * @throws {ServiceUnavailableException} 503, if another copy takes longer than `duplicateTimeout`, or if the ledger is
   *   unavailable and `unavailable` is `reject`
   */
  async deliver(delivery: Delivery): Promise<unknown> {
    const { id, request, report } = delivery;
    const startedAt = performance.now();
    let claim: WaitResult;
    let isMissed = false;
    try {
      claim = await this.claims.claim(id, () => request.hangUp());
      request.clock.add('storage', startedAt);
    } catch (error) {
      request.clock.add('storage', startedAt);
      isMissed = true;
      this.store.refuseIfRejecting(delivery, error);
      // Also without the ledger, a copy of a callback that this process is handling waits.
      claim = await this.claims.holdWithoutLedger(id, () => request.hangUp());
    }
    switch (claim) {
      case 'completed':
        report.duplicate();
        return undefined;
      case 'timed-out':
        report.failed(new StillInProgressError(this.duplicateTimeoutMs / 1000));
        throw new ServiceUnavailableException();
      case 'abandoned':
        // Nobody reads the answer, and the copy in progress goes on.
        throw new ServiceUnavailableException();
      default:
        return this.handle(delivery, claim, isMissed);
    }
  }

  /** @param isMissed whether it is already reported that the ledger missed the callback */
  private async handle(delivery: Delivery, claim: HeldClaim, isMissed: boolean): Promise<unknown> {
    const onMissed = (error: unknown): void => {
      if (!isMissed) this.store.missed(delivery.report, error);
    };
    let value: unknown;
    try {
      value = await handle(delivery);
    } catch (error) {
      claim.release(onMissed);
      throw error;
    }
    claim.complete(onMissed);
    return value;
  }
}
