import { inspect } from 'node:util';
import { type Repetition } from './repeated-lines.js';

/** The fields of a log line besides its text: plain values, none of them a secret, a token or a payload. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A line of the log before it is known whether, and for how many others of its kind, it is written. */
export interface RepeatableLine {
  readonly level: 'debug' | 'log' | 'warn' | 'error';
  /** Called only if the line is written; so is `fields`. */
  readonly text: () => string;
  readonly fields: () => LogFields;
  /** How often such lines are written; absent where each is. */
  readonly repetition?: Repetition;
  /** The group of lines whose sums are written before this line, and which begin anew after it. */
  readonly ends?: string;
}

/** Where the loggers of Nest and winston look for the text of an object. */
const TEXT_KEY = 'message';

/**
 * A log line that is a text to loggers that write text, and an object with the same in fields to those that write JSON:
 * Nest's own with `json: true`, pino, winston.
 */
export class LogLine {
  readonly #text: string;

  /**
   * @param leftOut how many lines that were left out it stands for; 0 for itself
   * @param textKey the field in which a logger that writes JSON expects the text
   */
  constructor({ text, fields, repetition }: RepeatableLine, leftOut = 0, textKey = TEXT_KEY) {
    const windowMs = repetition?.windowMs ?? 0;
    const sum = leftOut === 0 ? '' : `${leftOut} more within ${windowMs / 1000} s, of which the latest: `;
    this.#text = sum + text();
    Object.assign(this, { [textKey]: this.#text }, fields(), { repeats: leftOut === 0 ? undefined : leftOut });
  }

  toString(): string {
    return this.#text;
  }

  /** Nest's own logger prints objects in this way. */
  [inspect.custom](): string {
    return this.#text;
  }
}

/**
 * The field in which the application's logger expects the text: with nestjs-pino pino's `messageKey`.
 *
 * @param pinoParameters what nestjs-pino was configured with; `undefined` without it
 */
export function textKeyOf(pinoParameters: object | undefined): string {
  if (pinoParameters === undefined) return TEXT_KEY;
  const given: unknown = Reflect.get(pinoParameters, 'pinoHttp');
  // The options, or a list of options and stream.
  const options: unknown = Array.isArray(given) ? given[0] : given;
  const messageKey: unknown = typeof options === 'object' && options !== null && Reflect.get(options, 'messageKey');
  return typeof messageKey === 'string' ? messageKey : 'msg';
}
