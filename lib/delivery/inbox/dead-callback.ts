import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { checkNumbers, checkOptionNames } from '../../options/option-checks.js';

/** Which dead callbacks are meant: those that fit all that is given. */
export interface DeadCallbackFilter {
  /** Their ids, as `@CallbackId()`, the log and observers have them. */
  readonly ids?: readonly string[] | undefined;
  /** Their kinds. */
  readonly kinds?: readonly VideoCallbackKind[] | undefined;
  /** At most how many: those that failed first, or those that stand first in `ids`. Default 1000. */
  readonly limit?: number | undefined;
}

/**
 * @throws {RangeError} if `limit` is out of its range
 * @throws {TypeError} if it has another member: without the one that was meant it would let everything pass
 */
export function checkFilter(filter: DeadCallbackFilter): void {
  checkOptionNames('DeadCallbackFilter', filter, ['ids', 'kinds', 'limit']);
  checkNumbers('DeadCallbackFilter', { limit: filter.limit });
}

/** A callback that failed for good. It does not hold the payload. */
export interface DeadCallback {
  /**
   * As `@CallbackId()` has it. In BullMQ it is followed by `@` and the `application` if that is set; where the job cannot be
   * read it is the job's own.
   */
  readonly id: string;
  /** `unknown` where the job cannot be read. */
  readonly kind: string;
  /** The handler that it was sent to, as `VideoController.onArchive`; `unknown` where the job cannot be read. */
  readonly route: string;
  /** How often it was tried. */
  readonly attempts: number;
  /** When the last attempt failed. */
  readonly failedAt: Date;
  /** Why the last attempt failed, with the message of the error that the method threw: it may hold personal data. */
  readonly reason: string;
}

/** A text of a job, where anything may be. */
export function textOrUnknown(value: unknown): string {
  return typeof value === 'string' ? value : 'unknown';
}
