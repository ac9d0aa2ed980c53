import { type Awaitable } from '../verification/signature-key.js';

/** The number of callbacks in an inbox. */
export interface InboxCounts {
  /** Callbacks that are stored and not handled yet, also those that are being handled now. */
  readonly waiting: number;
  /** Callbacks that failed for good. */
  readonly dead: number;
}

/** Asks an inbox for its counts. May fail or hang while its store is unavailable. */
export type CountInbox = () => Awaitable<InboxCounts>;

/** The open inboxes of this process, for the metrics. */
export const openInboxes = new Set<CountInbox>();
