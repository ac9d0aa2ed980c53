import { type Awaitable } from '../verification/signature-key.js';

/** How full an inbox is. */
export interface InboxCounts {
  /** Callbacks that are stored and not handled yet: those whose turn has not come, or that are being tried. */
  readonly waiting: number;
  /** Callbacks that failed for good and wait for a person. */
  readonly dead: number;
}

/** Asks an inbox how full it is. May fail or hang while its store is unavailable. */
export type CountInbox = () => Awaitable<InboxCounts>;

/** The inboxes of this process that are open, for the metrics. */
export const openInboxes = new Set<CountInbox>();
