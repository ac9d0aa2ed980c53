/**
 * A line of the journal: a handler began, and ended well, or because another one had handled the callback, or because it
 * failed; or a copy was answered as a duplicate.
 */
export interface JournalEntry {
  readonly event: 'began' | 'ended' | 'already-handled' | 'failed' | 'duplicate';
  /** Of the archive; of a duplicate that of the callback. */
  readonly id: string;
  readonly pid: number;
  /** In ms since the epoch. */
  readonly at: number;
  /** Whether it was handled in the request that brought it. */
  readonly isInRequest: boolean;
}
