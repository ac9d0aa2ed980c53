/** A line of the journal: a handler began or ended. */
export interface JournalEntry {
  readonly event: 'began' | 'ended';
  readonly id: string;
  readonly pid: number;
  /** In ms since the epoch. */
  readonly at: number;
  /** Whether it was handled in the request that brought it. */
  readonly isInRequest: boolean;
}
