import { type Arrival, type DeliveryWay } from './arrival.js';
import { type CallbackInbox, type PutResult } from './callback-inbox.js';
import { type StoragePolicy } from './storage-policy.js';
import { withinTime } from './time-limit.js';

/** Stores a callback and is done: it is handled later, outside of the request that brought it. */
export class InboxDelivery implements DeliveryWay {
  readonly description: string;

  constructor(
    private readonly inbox: CallbackInbox,
    /** How long the inbox may take, in ms. */
    private readonly storageTimeout: number,
    private readonly storage: StoragePolicy,
  ) {
    this.description = `callbacks are ${inbox.scope} and handled from there`;
  }

  /** @throws {ServiceUnavailableException} 503, if the inbox is away and `unavailable` is `reject` */
  async deliver(arrival: Arrival): Promise<undefined> {
    const startedAt = performance.now();
    let result: PutResult;
    try {
      result = await withinTime(this.storageTimeout, () => this.inbox.put(arrival.toStored()));
      arrival.clock.add('storage', startedAt);
      this.storage.answered();
    } catch (error) {
      arrival.clock.add('storage', startedAt);
      await this.storage.deliverWithout(arrival, error);
      return undefined;
    }
    if (result === 'stored') arrival.report.stored();
    else arrival.report.duplicate();
    return undefined;
  }
}
