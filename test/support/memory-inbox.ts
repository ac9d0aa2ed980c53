import {
  type Awaitable,
  CallbackInbox,
  type DeliverStored,
  type InboxAttempt,
  type PutResult,
  type ReportDead,
  type StoredCallback,
} from '../../lib/index.js';
import { type InboxCounts } from '../../lib/telemetry/inbox-counts.js';

/** An inbox in memory, whose callbacks are delivered when a test says so. */
export class MemoryInbox extends CallbackInbox {
  readonly scope = 'stored in memory';
  readonly retention = 93_600;
  /** What was put, the latest last. */
  readonly stored: StoredCallback[] = [];
  /** What became of the inbox itself. */
  readonly events: string[] = [];
  /** What happens on the way to the store. */
  reach: () => Promise<void> = () => Promise.resolve();
  deliver: DeliverStored = () => Promise.reject(new Error('the inbox was not started'));
  reportDead: ReportDead = () => undefined;

  override async put(callback: StoredCallback): Promise<PutResult> {
    await this.reach();
    if (this.stored.some(({ id }) => id === callback.id)) return 'known';
    this.stored.push(callback);
    return 'stored';
  }

  override start(deliver: DeliverStored, reportDead: ReportDead): Awaitable<void> {
    this.events.push('start');
    this.deliver = deliver;
    this.reportDead = reportDead;
  }

  override counts(): Awaitable<InboxCounts> {
    return { waiting: this.stored.length, dead: 0 };
  }

  override async stop(): Promise<void> {
    await this.reach();
    this.events.push('stop');
  }

  override async close(): Promise<void> {
    await this.reach();
    this.events.push('close');
  }

  /** Delivers what was put last. */
  async deliverLatest(attempt: InboxAttempt = { attempt: 1, of: 1 }): Promise<void> {
    const latest = this.stored.at(-1);
    if (latest === undefined) throw new Error('nothing is stored');
    await this.deliver(latest, attempt);
  }
}
