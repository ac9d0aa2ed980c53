import { type LoggerService } from '@nestjs/common';

/** A Nest logger that keeps every line, with its level. */
export class KeptLogs implements LoggerService {
  readonly lines: string[] = [];

  log = this.keep('log');
  error = this.keep('error');
  warn = this.keep('warn');
  debug = this.keep('debug');
  verbose = this.keep('verbose');
  fatal = this.keep('fatal');

  /** The lines of one level, or all of them. */
  of(level: 'log' | 'error' | 'warn' | '' = ''): string[] {
    return this.lines.filter((line) => line.startsWith(level));
  }

  private keep(level: string) {
    return (...message: unknown[]): void => {
      this.lines.push([level, ...message.map((part) => (part instanceof Error ? part.stack : String(part)))].join(' '));
    };
  }
}
