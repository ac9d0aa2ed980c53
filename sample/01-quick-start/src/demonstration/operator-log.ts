import { ConsoleLogger } from '@nestjs/common';
import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/** How long a refusal may take to be in the log, in ms. */
const PATIENCE = 2000;

/** Nest's logger, quiet, which passes on what the module says to the operator. */
export class OperatorLog extends ConsoleLogger {
  private readonly lines = new EventEmitter();

  override log(): void {
    // Start-up messages are not what this demonstration is about.
  }

  override debug(): void {
    // Nor are callbacks that were handled: the rows are about them.
  }

  override warn(message: unknown): void {
    this.lines.emit('line', String(message));
  }

  override error(message: unknown, ...rest: unknown[]): void {
    this.lines.emit('line', String(message));
    // Anything but a word of the module is not part of the demonstration.
    if (rest.at(-1) !== 'VideoCallbacks') super.error(message, ...rest);
  }

  /** The next warning or error. It may come after the answer: some refusals are diagnosed when their sender is gone. */
  async next(): Promise<string> {
    const line = once(this.lines, 'line').then(String);
    return Promise.race([line, wait(PATIENCE, '', { ref: false })]);
  }
}
