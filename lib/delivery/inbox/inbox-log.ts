import { type LoggerService } from '@nestjs/common';
import { describeError } from '../../telemetry/log-text.js';
import { once, RepeatedLines } from '../../telemetry/repeated-lines.js';

/** Log lines of an inbox that are not outcomes of callbacks. Equal lines are written once and summed up. */
export class InboxLog {
  private isUnavailable = false;
  private readonly lines = new RepeatedLines();

  /** @param store the name of the store in the log lines */
  constructor(
    protected readonly logger: LoggerService,
    protected readonly store: string,
  ) {}

  /** The store answered. */
  reached(): void {
    if (this.isUnavailable) this.logger.warn(`The inbox's worker reaches ${this.store} again.`);
    this.isUnavailable = false;
  }

  /** Writes what was summed up. */
  flush(): void {
    this.lines.flush();
  }

  /** @param what follows "The inbox's worker", as `cannot reach Redis` */
  protected unavailable(what: string): void {
    if (!this.isUnavailable) this.logger.error(`The inbox's worker ${what}: stored callbacks wait.`);
    this.isUnavailable = true;
  }

  /** Something other than the store failed. */
  protected unknown(error: unknown): void {
    // Without its message, which may contain anything.
    const description = describeError(error);
    this.write('error', 'failed', description, `The inbox's worker failed: ${description}.`);
  }

  /** @param group the kind of line: lines with the same group and key are written once per window */
  protected write(level: 'warn' | 'error', group: string, key: string, line: string, windowMs?: number): void {
    this.lines.submit(
      once(group, key, windowMs),
      () => {
        this.logger[level](line);
      },
      (leftOut) => {
        this.logger[level](`${line} (${leftOut} more times)`);
      },
    );
  }
}

/** A member of an error. Without `instanceof`, because Node's errors belong to another realm than those of a test. */
export function member(error: unknown, name: 'code' | 'message'): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
