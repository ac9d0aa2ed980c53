import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { checkNumbers, checkOptionNames } from '../../options/option-checks.js';

/** Selects dead callbacks: those that match all members that you set. */
export interface DeadCallbackFilter {
  /** Their ids, as `@CallbackId()`, the log and observers have them. */
  readonly ids?: readonly string[] | undefined;
  /** Their kinds. */
  readonly kinds?: readonly VideoCallbackKind[] | undefined;
  /** The largest number of callbacks: those that failed first, or the first ones in `ids`. Default 1000. */
  readonly limit?: number | undefined;
}

/**
 * @throws {RangeError} if `limit` is out of its range
 * @throws {TypeError} if it has an unknown member: with a misspelled name the filter would match everything
 */
export function checkFilter(filter: DeadCallbackFilter): void {
  checkOptionNames('DeadCallbackFilter', filter, ['ids', 'kinds', 'limit']);
  checkNumbers('DeadCallbackFilter', { limit: filter.limit });
}

/** A callback that failed for good, without its payload. */
export interface DeadCallback {
  /**
   * The id as `@CallbackId()` injects it. In BullMQ it is followed by `@` and the `application` if that option is set.
   * If the job cannot be read, it is the job's id.
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

/** A text from a job. Jobs may contain anything. */
export function textOrUnknown(value: unknown): string {
  return typeof value === 'string' ? value : 'unknown';
}
