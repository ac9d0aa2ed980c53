import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { JsonLines, readJsonLines } from './json-lines.js';

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

/** Writes into the journal at once, so that a process that is killed a moment later has written all the same. */
export class JournalWriter {
  private readonly lines: JsonLines<JournalEntry>;

  constructor(path: string) {
    this.lines = new JsonLines(path, 1);
  }

  write(event: JournalEntry['event'], id: string, isInRequest: boolean): void {
    this.lines.write({ event, id, pid: process.pid, at: Date.now(), isInRequest });
  }
}

/** What the applications of an experiment have handled: a file to which all of them append. */
export class Journal {
  private readonly folder = mkdtempSync(join(tmpdir(), 'durability-'));
  readonly path = join(this.folder, 'handled.jsonl');

  all(): JournalEntry[] {
    return readJsonLines<JournalEntry>(this.path);
  }

  entries(event: JournalEntry['event']): JournalEntry[] {
    return this.all().filter((entry) => entry.event === event);
  }

  /** Those of some callbacks that no handler has ended. */
  missing(ids: Iterable<string>): string[] {
    const ended = new Set(this.entries('ended').map(({ id }) => id));
    return [...ids].filter((id) => !ended.has(id));
  }

  /** Waits until every one of some callbacks was handled, within a bound in seconds. */
  async untilHandled(ids: Iterable<string>, seconds: number): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end && this.missing(ids).length > 0) await wait(250);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Entries by callback, each callback's in the order of time. */
export function byCallback(entries: readonly JournalEntry[]): JournalEntry[][] {
  const groups = new Map<string, JournalEntry[]>();
  for (const entry of entries) groups.set(entry.id, [...(groups.get(entry.id) ?? []), entry]);
  return [...groups.values()].map((group) => group.sort((one, other) => one.at - other.at));
}
