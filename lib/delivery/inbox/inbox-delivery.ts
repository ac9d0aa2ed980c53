import { type CallbackRequest } from '../../request/callback-request.js';
import { type CallbackReport } from '../../telemetry/callback-report.js';
import { type Delivery, type DeliveryWay } from '../delivery.js';
import { type StoreAvailability } from '../store/store-availability.js';
import { type CallbackInbox, type PutResult } from './callback-inbox.js';
import { toStored } from './to-stored.js';

/** How many callbacks that the inbox missed are remembered: about 10 MB. */
const MOST_MISSED = 100_000;

/** Stores a callback and answers. It is handled later, outside of the request that brought it. */
export class InboxDelivery implements DeliveryWay {
  readonly description: string;
  /** Callbacks that this process has handled while the inbox was unavailable. */
  private readonly missed = new Set<string>();
  /** How many copies of a callback this process is handling, or keeps waiting, without the inbox. */
  private readonly underWay = new Map<string, number>();

  /** @param withoutInbox handles callbacks at once, and recognises copies within this process */
  constructor(
    private readonly inbox: CallbackInbox,
    private readonly store: StoreAvailability,
    private readonly withoutInbox: DeliveryWay,
  ) {
    this.description = `callbacks are ${inbox.scope} and handled from there`;
  }

  /** @throws {ServiceUnavailableException} 503, if the inbox is unavailable and `unavailable` is `reject` */
  async deliver(delivery: Delivery): Promise<undefined> {
    const { id, request, report } = delivery;
    if (this.missed.has(id) || this.underWay.has(id)) return this.handleNow(delivery);
    const startedAt = performance.now();
    let result: PutResult;
    try {
      result = await this.store.ask(() => this.inbox.put(toStored(id, request, request.content.rawBody)));
      request.clock.add('storage', startedAt);
    } catch (error) {
      request.clock.add('storage', startedAt);
      this.store.refuseIfRejecting(delivery, error);
      return this.handleNow(delivery);
    }
    if (result === 'stored') report.stored();
    else report.duplicate();
    return undefined;
  }

  /**
   * Stores it in the inbox. The worker also finds it unusable and keeps it as failed, so that you can inspect it, and
   * retry it once the application can handle it.
   */
  async keepUnusable(request: CallbackRequest, id: string, rawBody: Buffer, report: CallbackReport): Promise<boolean> {
    try {
      await this.store.ask(() => this.inbox.put(toStored(id, request, rawBody)));
      return true;
    } catch (error) {
      this.store.missed(report, error);
      return false;
    }
  }

  /** The answer is the same as for a stored callback. */
  private async handleNow(delivery: Delivery): Promise<undefined> {
    const { id } = delivery;
    this.underWay.set(id, (this.underWay.get(id) ?? 0) + 1);
    try {
      await this.withoutInbox.deliver(delivery);
      this.missed.add(id);
    } catch (error) {
      // The next copy is stored, if the inbox takes it.
      this.missed.delete(id);
      throw error;
    } finally {
      const others = (this.underWay.get(id) ?? 1) - 1;
      if (others > 0) this.underWay.set(id, others);
      else this.underWay.delete(id);
    }
    if (this.missed.size <= MOST_MISSED) return undefined;
    const [oldest = ''] = this.missed;
    this.missed.delete(oldest);
    return undefined;
  }
}
