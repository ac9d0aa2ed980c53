import { type BatchObservableCallback, type Meter } from '@opentelemetry/api';
import { setTimeout as wait } from 'node:timers/promises';
import { type CountInbox, type InboxCounts, openInboxes } from '../telemetry/inbox-counts.js';

/** How long the inboxes may take to count, in ms: the collection of metrics waits for it. */
const TIMEOUT_MS = 1000;

/** Measures the counts of this process's inboxes when metrics are collected. Returns a function that stops this. */
export function gaugeInboxes(meter: Meter): () => void {
  const waiting = meter.createObservableGauge('video_callbacks.inbox.waiting', {
    description: 'Callbacks that are stored and not handled yet.',
    unit: '{callback}',
  });
  const dead = meter.createObservableGauge('video_callbacks.inbox.dead', {
    description: 'Callbacks that failed for good and wait for a person.',
    unit: '{callback}',
  });
  const census = new InboxCensus();
  const observe: BatchObservableCallback = async (result) => {
    const counts = await census.take();
    if (counts === undefined) return;
    result.observe(waiting, counts.waiting);
    result.observe(dead, counts.dead);
  };
  meter.addBatchObservableCallback(observe, [waiting, dead]);
  return () => {
    meter.removeBatchObservableCallback(observe, [waiting, dead]);
  };
}

/** Asks the inboxes. */
class InboxCensus {
  /** Those that have not answered yet: an inbox whose store hangs is not asked again and again. */
  private readonly asked = new Map<CountInbox, Promise<InboxCounts>>();

  /** The sum over all inboxes; `undefined` if there is none, or if one of them fails or takes too long. */
  async take(): Promise<InboxCounts | undefined> {
    if (openInboxes.size === 0) return undefined;
    const timer = new AbortController();
    const timeout = wait(TIMEOUT_MS, undefined, { signal: timer.signal, ref: false }).catch(() => undefined);
    const sum = Promise.all([...openInboxes].map((inbox) => this.ask(inbox))).then(sumOf, () => undefined);
    const counts = await Promise.race([sum, timeout]);
    timer.abort();
    return counts;
  }

  private ask(inbox: CountInbox): Promise<InboxCounts> {
    const asked =
      this.asked.get(inbox) ??
      Promise.resolve()
        .then(inbox)
        .finally(() => this.asked.delete(inbox));
    this.asked.set(inbox, asked);
    return asked;
  }
}

function sumOf(counts: readonly InboxCounts[]): InboxCounts {
  const none: InboxCounts = { waiting: 0, dead: 0 };
  return counts.reduce((sum, { waiting, dead }) => ({ waiting: sum.waiting + waiting, dead: sum.dead + dead }), none);
}
