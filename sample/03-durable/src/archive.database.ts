import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { existsSync, readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { throwInjectedFault } from './faults.js';

/** An archive that was processed. */
export interface ArchiveRow {
  /** The identity of the callback that it was processed for. */
  readonly callbackId: string;
  readonly id: string;
  readonly name: string;
  readonly attempt: number;
}

/** In place of the application's database: a file with a line of JSON for each archive. */
@Injectable()
export class ArchiveDatabase {
  private readonly file: string;

  constructor(config: ConfigService) {
    this.file = config.getOrThrow<string>('DATABASE_FILE');
  }

  async insert(row: ArchiveRow): Promise<void> {
    throwInjectedFault(row.name);
    // A real database does this with a unique column: if a process dies, a callback may be handled again.
    if (this.rows().some(({ callbackId }) => callbackId === row.callbackId)) return;
    await appendFile(this.file, `${JSON.stringify(row)}\n`);
  }

  rows(): readonly ArchiveRow[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as ArchiveRow);
  }
}
