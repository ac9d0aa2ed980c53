import { type LoggerService } from '@nestjs/common';
import { describeError } from '../telemetry/log-text.js';
import { RepeatedLines } from '../telemetry/repeated-lines.js';
import { quoted } from '../verification/quoted-text.js';
import { MOST_DEATHS } from './suspicion.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** BullMQ's `ErrorCode`s of a job that its worker does not hold any more: gone, without its lock, in another state, locked by another. */
const LOST_CODES: readonly unknown[] = [-1, -2, -3, -6];

/** BullMQ's own messages of the same, and of a lock that could not be renewed; not all of them have a code. */
const LOST_MESSAGE =
  /^(?:missing (?:key|lock) for job|lock mismatch for job|job \S+ is not in|could not renew lock for job)/i;

/** A kind in a job's id. */
const KIND = /\bjob ([A-Za-z]{1,40})-/;

/** What a worker reports besides what becomes of its callbacks. Lines that say the same are written once and summed up. */
export class WorkerLog {
  private isUnreachable = false;
  private readonly lines = new RepeatedLines();

  constructor(private readonly logger: LoggerService) {}

  /** Something in BullMQ failed. */
  failed(error: Error & { readonly code?: unknown }): void {
    if (isLost(error)) {
      const kind = KIND.exec(error.message)?.[1] ?? 'callback';
      this.warnOf(
        'lost',
        kind,
        MINUTE_MS,
        `A stored ${kind} callback was taken over by another worker, because this process did not renew its lock (was its event loop blocked?): it may be handled twice.`,
      );
    } else if (typeof error.code === 'string') {
      if (!this.isUnreachable)
        this.logger.error(`The inbox's worker cannot reach Redis (${quoted(error.code)}): callbacks wait.`);
      this.isUnreachable = true;
    } else {
      // Not its message, which may hold anything.
      const description = describeError(error);
      this.warnOf('failed', description, MINUTE_MS, `The inbox's worker failed: ${description}.`);
    }
  }

  reached(): void {
    if (this.isUnreachable) this.logger.warn("The inbox's worker reaches Redis again.");
    this.isUnreachable = false;
  }

  foreign(application: string): void {
    this.warnOf(
      'foreign',
      application,
      HOUR_MS,
      `A stored callback belongs to application ${quoted(application)} and is left for it: give each application a queueName of its own, or let that one handle its callbacks.`,
    );
  }

  /** The process ended while a callback alone was handled. */
  died(job: string | undefined, deaths: number): void {
    const shown = quoted(job ?? '');
    this.warnOf(
      'died',
      shown,
      MINUTE_MS,
      `The process ended while the stored callback ${shown} alone was handled, ${deaths} of ${MOST_DEATHS} times: it is tried again after a pause.`,
    );
  }

  /** Writes what was summed up. */
  flush(): void {
    this.lines.flush();
  }

  private warnOf(group: string, key: string, window: number, line: string): void {
    this.lines.submit(
      { group, key, singly: 1, window },
      () => {
        this.logger.warn(line);
      },
      (leftOut) => {
        this.logger.warn(`${line} (${leftOut} more times)`);
      },
    );
  }
}

function isLost(error: Error & { readonly code?: unknown }): boolean {
  return LOST_CODES.includes(error.code) || LOST_MESSAGE.test(error.message);
}
