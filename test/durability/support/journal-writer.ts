import { openSync, writeSync } from 'node:fs';
import { type JournalEntry } from './journal-entry.js';

/** Writes into the journal at once, so that a process that is killed a moment later has written all the same. */
export class JournalWriter {
  private readonly file: number;

  constructor(path: string) {
    this.file = openSync(path, 'a');
  }

  write(event: JournalEntry['event'], id: string, isInRequest: boolean): void {
    const entry: JournalEntry = { event, id, pid: process.pid, at: Date.now(), isInRequest };
    writeSync(this.file, `${JSON.stringify(entry)}\n`);
  }
}
