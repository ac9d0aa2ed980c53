import { InboxLog, member } from '../delivery/inbox/inbox-log.js';
import { quoted } from '../verification/quoted-text.js';

/**
 * Codes of Postgres and Node that say that Postgres takes no statements at present: no connection, too few resources, in
 * recovery or shut down, or only reads.
 */
const UNAVAILABLE = /^(?:08|53|57P|25006|E[A-Z]+$)/;

/** What pg says of a connection, without a code. */
const CONNECTION = /\bconnect(?:ion|ing)?\b|timeout|terminated/i;

/** Log lines of an inbox about pg-boss. */
export class WorkerLog extends InboxLog {
  /** Something in pg-boss failed: an error, or an object with the members of one. */
  failed(error: unknown): void {
    const [code, message] = [member(error, 'code'), String(member(error, 'message'))];
    if (typeof code === 'string' && UNAVAILABLE.test(code)) this.unavailable(`cannot use Postgres (${quoted(code)})`);
    else if (code === undefined && CONNECTION.test(message)) this.unavailable('cannot use Postgres (no connection)');
    else this.unknown(Object.assign(new Error(message), { code }));
  }
}
