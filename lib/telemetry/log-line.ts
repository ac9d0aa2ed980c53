import { inspect } from 'node:util';

/** The fields of a log line besides its text: plain values, none of them a secret, a token or a payload. */
export type LogFields = Readonly<Record<string, string | number | undefined>>;

/**
 * A log line that is a text to loggers that write text, and an object with the same in fields to those that write JSON:
 * Nest's own with `json: true`, pino, winston.
 */
export class LogLine {
  readonly message: string;

  constructor(message: string, fields: LogFields) {
    this.message = message;
    Object.assign(this, fields);
  }

  toString(): string {
    return this.message;
  }

  /** Nest's own logger prints objects in this way. */
  [inspect.custom](): string {
    return this.message;
  }
}
