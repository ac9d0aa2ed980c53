import { ConsoleLogger } from '@nestjs/common';

/** Nest's logger, quiet but for errors, which keeps what the module told the operator about the latest request. */
export class OperatorLog extends ConsoleLogger {
  private latest = '';

  override log(): void {
    // Start-up messages are not what this demonstration is about.
  }

  override warn(message: unknown): void {
    this.latest = String(message);
  }

  /** The latest warning. */
  take(): string {
    const { latest } = this;
    this.latest = '';
    return latest;
  }
}
