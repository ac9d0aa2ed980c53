import { types } from 'node:util';
import { cut } from '../verification/quoted-text.js';

/**
 * Attribute values from texts: cut, and limited in number. The first values are kept, and later ones share one value.
 */
export class BoundedLabels {
  private readonly known = new Set<string>();

  /**
   * @param limit how many are distinguished
   * @param other the label for all others
   */
  constructor(
    private readonly limit: number,
    private readonly other: string,
  ) {}

  /** The cut text, or the value for all others. */
  label(text: string): string {
    const label = cut(text);
    if (this.known.has(label)) return label;
    if (this.known.size >= this.limit) return this.other;
    this.known.add(label);
    return label;
  }
}

/** How many classes of errors are distinguished. */
const MAX_TYPES = 50;
/** The value of the semantic conventions for an error of unknown type. */
const OTHER = '_OTHER';

/**
 * Errors as values of `error.type`: the name of their class, never a message, which may hold a secret or a payload. A
 * handler may throw errors whose name differs each time, so their number is bounded.
 */
export class ErrorTypes {
  private readonly labels = new BoundedLabels(MAX_TYPES, OTHER);

  /** The type of a thrown value. */
  typeOf(error: unknown): string {
    if (!types.isNativeError(error)) return OTHER;
    const name: unknown = error.name;
    return typeof name === 'string' && name !== '' ? this.labels.label(name) : OTHER;
  }
}
