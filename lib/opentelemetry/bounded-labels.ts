import { types } from 'node:util';
import { cut } from '../verification/quoted-text.js';

/** Texts as values of attributes: cut, and of a bounded number. The first are kept, those that come later are one. */
export class BoundedLabels {
  private readonly known = new Set<string>();

  /**
   * @param limit how many are distinguished
   * @param other stands for all others
   */
  constructor(
    private readonly limit: number,
    private readonly other: string,
  ) {}

  /** The text itself, cut, or what stands for the others. */
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
/** What the semantic conventions have for an error of no known type. */
const OTHER = '_OTHER';

/**
 * Errors as values of `error.type`: the name of their class, never a message, which may hold a secret or a payload. A
 * handler may throw errors whose name differs each time, so their number is bounded.
 */
export class ErrorTypes {
  private readonly labels = new BoundedLabels(MAX_TYPES, OTHER);

  /** The type of something that was thrown. */
  typeOf(error: unknown): string {
    if (!types.isNativeError(error)) return OTHER;
    const name: unknown = error.name;
    return typeof name === 'string' && name !== '' ? this.labels.label(name) : OTHER;
  }
}
