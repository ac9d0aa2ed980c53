import { type Arrival, type DeliveryWay } from '../arrival.js';
import { type CallbackInbox, type PutResult } from './callback-inbox.js';
import { type StoreAvailability } from '../store/store-availability.js';

/** How many callbacks of which the inbox does not know are remembered: about 10 MB. */
const MOST_MISSED = 100_000;

/** Stores a callback and is done: it is handled later, outside of the request that brought it. */
export class InboxDelivery implements DeliveryWay {
  readonly description: string;
  /** Callbacks that this process has handled while the inbox was unavailable. */
  private readonly missed = new Set<string>();

  /** @param withoutInbox handles callbacks at once, and recognises copies within this process */
  constructor(
    private readonly inbox: CallbackInbox,
    private readonly store: StoreAvailability,
    private readonly withoutInbox: DeliveryWay,
  ) {
    this.description = `callbacks are ${inbox.scope} and handled from there`;
  }

  /** @throws {ServiceUnavailableException} 503, if the inbox is unavailable and `unavailable` is `reject` */
  async deliver(arrival: Arrival): Promise<undefined> {
    if (this.missed.has(arrival.id)) return this.handleNow(arrival);
    const startedAt = performance.now();
    let result: PutResult;
    try {
      result = await this.store.ask(() => this.inbox.put(arrival.toStored()));
      arrival.clock.add('storage', startedAt);
    } catch (error) {
      arrival.clock.add('storage', startedAt);
      this.store.refuseIfRejecting(arrival, error);
      return this.handleNow(arrival);
    }
    if (result === 'stored') arrival.report.stored();
    else arrival.report.duplicate();
    return undefined;
  }

  /** The answer is the same as if it had been stored. */
  private async handleNow(arrival: Arrival): Promise<undefined> {
    const { id } = arrival;
    try {
      await this.withoutInbox.deliver(arrival);
      this.missed.add(id);
    } catch (error) {
      // The next copy is stored, if the inbox takes it.
      this.missed.delete(id);
      throw error;
    }
    if (this.missed.size <= MOST_MISSED) return undefined;
    const [oldest = ''] = this.missed;
    this.missed.delete(oldest);
    return undefined;
  }
}
