import { ConsoleLogger } from '@nestjs/common';
import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/** How long a refusal may take to be in the log, in ms. */
const PATIENCE = 2000;

/** Nest's logger, quiet, which keeps what the module said about the latest request. */
export class OperatorLog extends ConsoleLogger {
  private readonly lines = new EventEmitter();
  private latest = '';

  override log(): void {
    // Start-up messages are not what this demonstration is about.
  }

  override debug(): void {
    // Nor are callbacks that were handled: the rows are about them.
  }

  override warn(message: unknown): void {
    this.latest = String(message);
    this.lines.emit('line');
  }

  override error(message: unknown, ...rest: unknown[]): void {
    this.warn(message);
    // Anything but a word of the module is not part of the demonstration.
    if (rest.at(-1) !== 'VideoCallbacks') super.error(message, ...rest);
  }

  /** The latest warning or error. It may come after the answer: some refusals are diagnosed when their sender has it. */
  async take(): Promise<string> {
    if (this.latest === '') await Promise.race([once(this.lines, 'line'), wait(PATIENCE, undefined, { ref: false })]);
    const { latest } = this;
    this.latest = '';
    return latest;
  }
}
