import { type Violation } from '../callbacks/catalogue.js';

/** Thrown within this folder: the body of a genuine callback cannot be used. */
export class UnusableBody extends Error {
  override readonly name = 'UnusableBody';

  constructor(
    /** The HTTP status that says so. */
    readonly status: 400 | 408 | 413 | 415,
    readonly violations: readonly Violation[],
    /** The exact bytes, where they are complete. */
    readonly rawBody?: Buffer,
  ) {
    super();
  }
}
