/**
 * A line of the journal: a handler began, and ended well, or because another one had handled the callback, or because it
 * failed; or a copy was answered as a duplicate, or handled while the ledger was unavailable.
 */
export interface JournalEntry {
  readonly event: 'began' | 'ended' | 'already-handled' | 'failed' | 'duplicate' | 'unavailable';
  /** Of the archive; otherwise of the callback, or nothing. */
  readonly id: string;
  readonly pid: number;
  /** In ms since the epoch. */
  readonly at: number;
  /** Whether it was handled in the request that brought it. */
  readonly isInRequest: boolean;
}
