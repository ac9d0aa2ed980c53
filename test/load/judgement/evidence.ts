import { type JournalEntry } from '../../harness/journal.js';
import { type Outage } from '../faults/outage.js';
import { type Cause, type Miss, type Sample } from '../server/setup.js';
import { type Exchange } from '../traffic/setup.js';

/** Everything that is known about a run when it is judged. */
export interface Evidence {
  readonly minutes: number;
  readonly exchanges: readonly Exchange[];
  readonly journal: readonly JournalEntry[];
  readonly outages: readonly Outage[];
  readonly causes: readonly Cause[];
  readonly misses: readonly Miss[];
  /** Taken again and again while there was traffic. */
  readonly samples: readonly Sample[];
  /** Taken when all traffic was over and connections had had their time to end. */
  readonly last: Sample | undefined;
  /** The genuine callback that was sent after all that. */
  readonly farewell: Exchange | undefined;
  /** How the server ended too early, or why it did not answer. */
  readonly serverEnd: string | undefined;
  /** Nest itself writes a stack for each error of a handler. */
  readonly log: { readonly lines: number; readonly ownLines: number };
}
