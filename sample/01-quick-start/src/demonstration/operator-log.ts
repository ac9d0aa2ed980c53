import { ConsoleLogger } from '@nestjs/common';

/** Nest's logger, quiet, which keeps what the module told the operator about the latest request. */
export class OperatorLog extends ConsoleLogger {
  private latest = '';

  override log(): void {
    // Start-up messages are not what this demonstration is about.
  }

  override warn(message: unknown): void {
    this.latest = String(message);
  }

  override error(message: unknown, ...rest: unknown[]): void {
    this.latest = String(message);
    // Anything but a word of the module is not part of the demonstration.
    if (rest.at(-1) !== 'VideoCallbacks') super.error(message, ...rest);
  }

  /** The latest warning or error. */
  take(): string {
    const { latest } = this;
    this.latest = '';
    return latest;
  }
}
