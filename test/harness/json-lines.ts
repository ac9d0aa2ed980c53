import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * Writes records into a file, so that a process that is judged by its memory need not remember them. Synchronous, so
 * that nothing is queued in memory either.
 */
export class JsonLines<Value> {
  private readonly file: number;
  private lines: string[] = [];

  /** @param batch how many lines are kept back, so that not each costs a call of the system */
  constructor(
    path: string,
    private readonly batch = 100,
  ) {
    this.file = openSync(path, 'a');
  }

  write(value: Value): void {
    this.lines.push(`${JSON.stringify(value)}\n`);
    if (this.lines.length >= this.batch) this.flush();
  }

  flush(): void {
    writeSync(this.file, this.lines.join(''));
    this.lines = [];
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }
}

/** What was written; empty if the process ended before it had written anything. */
export function readJsonLines<Value>(path: string): Value[] {
  // The last line may be under way.
  const lines = readFileSync(path, { encoding: 'utf8', flag: 'a+' }).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Value);
}
