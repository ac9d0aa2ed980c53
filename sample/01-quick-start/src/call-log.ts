import { Injectable } from '@nestjs/common';

/** What the application did with its callbacks; a real one would have a database here. */
@Injectable()
export class CallLog {
  private readonly entries: string[] = [];

  add(entry: string): void {
    this.entries.push(entry);
  }

  /** The entries since the last time. */
  take(): string[] {
    return this.entries.splice(0);
  }
}
