import { inspect } from 'node:util';

/** The fields of a log line besides its text: plain values, none of them a secret, a token or a payload. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where the loggers of Nest and winston look for the text of an object. */
const TEXT_KEY = 'message';

/**
 * A log line that is a text to loggers that write text, and an object with the same in fields to those that write JSON:
 * Nest's own with `json: true`, pino, winston.
 */
export class LogLine {
  readonly #text: string;
  readonly #fields: LogFields;

  /** @param textKey the field in which a logger that writes JSON expects the text */
  constructor(text: string, fields: LogFields, textKey: string = TEXT_KEY) {
    this.#text = text;
    this.#fields = fields;
    Object.assign(this, { [textKey]: text }, fields);
  }

  /** The same line with its text in another field. */
  withTextIn(textKey: string): LogLine {
    return new LogLine(this.#text, this.#fields, textKey);
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
