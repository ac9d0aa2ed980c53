import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type JournalEntry } from './journal-entry.js';

/** What the applications of an experiment have handled: a file to which all of them append. */
export class Journal {
  private readonly folder = mkdtempSync(join(tmpdir(), 'durability-'));
  readonly path = join(this.folder, 'handled.jsonl');

  constructor() {
    writeFileSync(this.path, '');
  }

  all(): JournalEntry[] {
    const lines = readFileSync(this.path, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as JournalEntry);
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
