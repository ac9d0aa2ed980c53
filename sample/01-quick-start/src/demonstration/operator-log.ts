import { ConsoleLogger } from '@nestjs/common';
import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/** How long a refusal may take to appear in the log, in ms. */
const PATIENCE = 2000;

/** A silent logger for Nest that keeps what the module logged about the latest request. */
export class OperatorLog extends ConsoleLogger {
  private readonly lines = new EventEmitter();
  private latest = '';

  override log(): void {
    // Ignores start-up messages.
  }

  override debug(): void {
    // Ignores handled callbacks: the printed rows show them.
  }

  override warn(message: unknown): void {
    this.latest = String(message);
    this.lines.emit('line');
  }

  override error(message: unknown, ...rest: unknown[]): void {
    this.warn(message);
    // Only lines of the module are part of the demonstration.
    if (rest.at(-1) !== 'VideoCallbacks') super.error(message, ...rest);
  }

  /** The latest warning or error. It may come after the answer, because some refusals are diagnosed after it. */
  async take(): Promise<string> {
    if (this.latest === '') await Promise.race([once(this.lines, 'line'), wait(PATIENCE, undefined, { ref: false })]);
    const { latest } = this;
    this.latest = '';
    return latest;
  }
}
