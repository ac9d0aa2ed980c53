import { CallbackRejection } from '../../verification/callback-rejection.js';

/** One thing that was checked. */
export interface Check {
  /** Stable, for scripts. */
  readonly id: string;
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'not_checked';
  /** What was found. */
  readonly detail: string;
  /** What the reader may want to do about it. */
  readonly explanation?: string;
}

/** The checks of a request in the order in which they are made. */
export type Checks = readonly Check[];

/**
 * Makes a check of what the library itself accepts or refuses.
 *
 * @param examine returns what was found, or throws the library's rejection
 */
export function checkOf(id: string, title: string, examine: () => string): Check {
  try {
    return { id, title, outcome: 'passed', detail: examine() };
  } catch (error) {
    if (!(error instanceof CallbackRejection)) throw error;
    return { id, title, outcome: 'failed', detail: error.message };
  }
}

/** A check that could not be made. */
export function notChecked(id: string, title: string, detail: string): Check {
  return { id, title, outcome: 'not_checked', detail };
}
