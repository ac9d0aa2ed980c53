import { InboxLog, member } from '../delivery/inbox/inbox-log.js';
import { HOUR_MS } from '../telemetry/repeated-lines.js';
import { quoted } from '../verification/quoted-text.js';
import { MOST_DEATHS } from './suspicion.js';

/**
 * BullMQ's `ErrorCode`s for a job that its worker no longer holds: removed, not locked, not active, locked by another.
 */
const LOST_CODES: readonly unknown[] = [-1, -2, -3, -6];

/** BullMQ's own messages of the same, and of a lock that could not be renewed; not all of them have a code. */
const LOST_MESSAGE =
  /^(?:missing (?:key|lock) for job|lock mismatch for job|job \S+ is not in|could not renew lock for job)/i;

/** A kind in a job's id. */
const KIND = /\bjob ([a-z]{1,40})-/i;

/** Codes of Node for faults in this process; other texts are connection failures. */
const OWN_CODE = /^ERR_(?!TLS|SSL)/;

/** The first words of answers of Redis that say that it takes no commands at present. */
const REFUSAL = /^(?:READONLY|NOAUTH|WRONGPASS|NOPERM|LOADING|OOM|MISCONF|MASTERDOWN|CLUSTERDOWN)(?= )/;

/** Log lines of a BullMQ worker that are not outcomes of callbacks. */
export class WorkerLog extends InboxLog {
  /** Something in BullMQ failed. */
  failed(error: unknown): void {
    const [code, message] = [member(error, 'code'), String(member(error, 'message'))];
    if (LOST_CODES.includes(code) || LOST_MESSAGE.test(message)) {
      const kind = KIND.exec(message)?.[1] ?? 'of unknown kind';
      const what = `A stored callback (${kind}) was taken over by another worker`;
      const why = 'because this process did not renew its lock (was Redis unavailable, or the event loop blocked?)';
      this.write('warn', 'lost', kind, `${what}, ${why}: it may be handled twice.`);
    } else if (typeof code === 'string' && !OWN_CODE.test(code)) {
      this.unavailable(`cannot reach Redis (${quoted(code)})`);
    } else if (REFUSAL.test(message)) {
      this.unavailable(`is refused by Redis (${message.split(' ', 1).join()})`);
    } else {
      this.unknown(error);
    }
  }

  /** A job of another application was left for it. */
  foreign(application: string): void {
    const line =
      application === ''
        ? 'A stored callback names no application and is left: was it stored before `application` was set? ' +
          'A process without `application` handles it.'
        : `A stored callback belongs to application ${quoted(application)} and is left for it: ` +
          'give each application a queueName of its own.';
    this.write('warn', 'foreign', application, line, HOUR_MS);
  }

  /** The process ended while a callback alone was handled. */
  died(jobId: string | undefined, deaths: number): void {
    const id = quoted(jobId ?? '');
    const what = `The process ended while the stored callback ${id} alone was handled`;
    this.write('warn', 'died', id, `${what} (${deaths} of ${MOST_DEATHS}): it is tried again after a pause.`);
  }

  /** A callback that is handled alone does not end. */
  endless(jobId: string | undefined, aloneMs: number): void {
    const id = quoted(jobId ?? '');
    const what = `The stored callback ${id} has been handled alone for ${aloneMs / 1000} s`;
    this.write('warn', 'endless', id, `${what}: others are handled beside it again.`);
  }
}
