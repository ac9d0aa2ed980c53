import { types } from 'node:util';
import { BoundedLabels } from './bounded-labels.js';

/** What the semantic conventions have for an error of no known type. */
const OTHER = '_OTHER';

/** How many classes of errors are distinguished. */
const MAX_TYPES = 50;

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
