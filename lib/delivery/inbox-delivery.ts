import { type Arrival, type DeliveryWay } from './arrival.js';
import { type CallbackInbox, type PutResult } from './callback-inbox.js';
import { handleArrival } from './handling.js';
import { type StoreAvailability } from './store-availability.js';

/** Stores a callback and is done: it is handled later, outside of the request that brought it. */
export class InboxDelivery implements DeliveryWay {
  readonly description: string;

  constructor(
    private readonly inbox: CallbackInbox,
    private readonly store: StoreAvailability,
  ) {
    this.description = `callbacks are ${inbox.scope} and handled from there`;
  }

  /** @throws {ServiceUnavailableException} 503, if the inbox is unavailable and `unavailable` is `reject` */
  async deliver(arrival: Arrival): Promise<undefined> {
    const startedAt = performance.now();
    let result: PutResult;
    try {
      result = await this.store.ask(() => this.inbox.put(arrival.toStored()));
      arrival.clock.add('storage', startedAt);
    } catch (error) {
      arrival.clock.add('storage', startedAt);
      this.store.refuseIfRejecting(arrival, error);
      await handleArrival(arrival);
      return undefined;
    }
    if (result === 'stored') arrival.report.stored();
    else arrival.report.duplicate();
    return undefined;
  }
}
