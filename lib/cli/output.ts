import { type GivenArguments } from './given-arguments.js';
import { jsonDocument } from './json-document.js';
import { type Paint, paintFor } from './paint.js';
import { printableLines } from './printable.js';
import { type Surroundings } from './surroundings.js';

/**
 * Standard output: text for a person, or JSON for a script, never both. Whatever is printed is safe for a terminal.
 */
export class Output {
  readonly paint: Paint;
  private readonly isJson: boolean;

  constructor(
    given: GivenArguments,
    private readonly surroundings: Surroundings,
  ) {
    this.isJson = given.has('json');
    this.paint = paintFor(surroundings);
  }

  /** A line for a person. */
  line(text = ''): void {
    if (!this.isJson) this.surroundings.stdout.write(`${printableLines(text)}\n`);
  }

  /** The whole result, for a script. */
  json(document: object): void {
    if (this.isJson) this.surroundings.stdout.write(`${jsonDocument(document, 2)}\n`);
  }

  /** One of many results, for a script: one JSON document a line. */
  jsonLine(document: object): void {
    if (this.isJson) this.surroundings.stdout.write(`${jsonDocument(document)}\n`);
  }
}
