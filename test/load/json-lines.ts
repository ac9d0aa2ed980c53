import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** How many lines are kept back, so that not each costs a call of the system. */
const BATCH = 100;

/**
 * Writes records into a file, so that a process that is judged by its memory need not remember them. Synchronous, so
 * that nothing is queued in memory either.
 */
export class JsonLines<Value> {
  private readonly file: number;
  private lines: string[] = [];

  constructor(path: string) {
    this.file = openSync(path, 'a');
  }

  write(value: Value): void {
    this.lines.push(`${JSON.stringify(value)}\n`);
    if (this.lines.length >= BATCH) this.flush();
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
  return readFileSync(path, { encoding: 'utf8', flag: 'a+' })
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Value);
}
