import { LIMITS } from '../server/setup.js';
import { type Exchange } from '../traffic/setup.js';
import { type Evidence } from './evidence.js';
import { isSuccess } from './handlings.js';
import { type Verdict, violationOf } from './verdict.js';

/** Sorts of which the client goes on until the server ends the connection. */
const STALLED = new Set(['stalled body', 'trickled body', 'endless body', 'content-length too large']);
/** The body has its time, the lookup of the secret too; then the connection has the time of a body again to end. */
const LONGEST_STALL = (2 * LIMITS.bodyTimeout + LIMITS.secretTimeout + 1) * 1000;
/** What a plain request of Vonage may be answered; 5xx are looked at elsewhere. */
const REFUSALS_OF_GENUINE: ReadonlySet<number> = new Set([0, 500, 503]);

/** Hostile requests are never answered 2xx, genuine ones never 4xx, but always something; what stalls is ended. */
export function judgeAnswers({ exchanges }: Evidence): Verdict {
  const held = exchanges.filter(({ sort, sentAt, endedAt }) => STALLED.has(sort) && endedAt - sentAt > LONGEST_STALL);
  const unanswered = exchanges.filter(isUnanswered);
  return {
    figures: [['sent as Vonage does, without an answer', unanswered.length]],
    violations: [
      ...violationOf('hostile, but answered 2xx', exchanges.filter(isWronglyAccepted)),
      ...violationOf('genuine and whole, but refused', exchanges.filter(isWronglyRefused)),
      ...violationOf('sent as Vonage does, but not answered', unanswered),
      ...violationOf(`stalled and not ended within ${LONGEST_STALL} ms`, held),
    ],
  };
}

function isWronglyAccepted({ isAcceptable, status }: Exchange): boolean {
  return !isAcceptable && isSuccess(status);
}

function isWronglyRefused({ isAcceptable, status }: Exchange): boolean {
  return isAcceptable && !isSuccess(status) && !REFUSALS_OF_GENUINE.has(status);
}

const PLAIN = new Set(['genuine', 'retry', 'copy at once', 'copy later', 'after a failure', 'pipelined']);

/** Half an answer is none. */
function isUnanswered({ sort, isGenuine, status, loss }: Exchange): boolean {
  return isGenuine && PLAIN.has(sort) && (status === 0 || loss !== undefined);
}
