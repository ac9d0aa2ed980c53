import { type CallbackTelemetry } from '../telemetry/callback-telemetry.js';
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
    private readonly telemetry: CallbackTelemetry,
  ) {
    this.description = `callbacks are ${inbox.scope} and handled from there`;
  }

  /** @throws {ServiceUnavailableException} 503, if the inbox is away and `unavailable` is `reject` */
  async deliver(arrival: Arrival): Promise<undefined> {
    let result: PutResult;
    try {
      result = await withinTime(this.storageTimeout, () => this.inbox.put(arrival.toStored()));
      this.storage.answered();
    } catch (error) {
      await this.storage.deliverWithout(arrival, error);
      return undefined;
    }
    if (result === 'stored') this.telemetry.stored(arrival.outcome);
    else this.telemetry.duplicate(arrival.outcome);
    return undefined;
  }
}
