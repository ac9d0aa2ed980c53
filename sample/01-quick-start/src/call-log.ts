import { Injectable } from '@nestjs/common';

/** What the application did with its callbacks. A real application would use a database. */
@Injectable()
export class CallLog {
  private readonly entries: string[] = [];

  add(entry: string): void {
    this.entries.push(entry);
  }

  /** The entries since the last call. */
  take(): string[] {
    return this.entries.splice(0);
  }
}
