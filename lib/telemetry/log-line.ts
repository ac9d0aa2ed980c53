import { inspect } from 'node:util';
import { type Repetition } from './repeated-lines.js';

/** The fields of a log line besides its text: plain values without secrets, tokens or payloads. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A log line before the decision whether to write it, and how many equal lines it sums up. */
export interface RepeatableLine {
  readonly level: 'debug' | 'log' | 'warn' | 'error';
  /** Called only if the line is written, like `fields`. */
  readonly text: () => string;
  readonly fields: () => LogFields;
  /** How often such lines are written; absent if every line is written. */
  readonly repetition?: Repetition;
  /** The group of lines whose sums are written before this line, and whose counts then start again. */
  readonly ends?: string;
}

/** The field in which the loggers of Nest and winston expect the text of an object. */
const TEXT_KEY = 'message';

/**
 * A log line for both kinds of loggers: those that write text print it as text, and those that write JSON (Nest's own
 * with `json: true`, pino, winston) get an object with fields.
 */
export class LogLine {
  readonly #text: string;

  /**
   * @param leftOut the number of omitted lines that it sums up; 0 for a line of its own
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

  /** Nest's own logger prints objects this way. */
  [inspect.custom](): string {
    return this.#text;
  }
}

/**
 * The field in which the application's logger expects the text: pino's `messageKey` with nestjs-pino.
 *
 * @param pinoParameters the configuration of nestjs-pino; `undefined` without it
 */
export function textKeyOf(pinoParameters: object | undefined): string {
  if (pinoParameters === undefined) return TEXT_KEY;
  const given: unknown = Reflect.get(pinoParameters, 'pinoHttp');
  // The options, or a list of options and stream.
  const options: unknown = Array.isArray(given) ? given[0] : given;
  const messageKey: unknown = typeof options === 'object' && options !== null && Reflect.get(options, 'messageKey');
  return typeof messageKey === 'string' ? messageKey : 'msg';
}
