import { type Evidence } from './evidence.js';
import { type Verdict, violationOf } from './verdict.js';

/** How long the server may take for a genuine callback when all is over, in ms. */
const LONGEST_FAREWELL = 1000;
/** Of lines about single callbacks sixty a minute are written for each of four outcomes; of refusals a few by reason. */
const LINES_AT_ONCE = 100;
const LINES_A_MINUTE = 300;

/** The process is as well at the end as it was at the beginning. */
export function judgeHealth({ last, farewell, serverEnd, log, minutes }: Evidence): Verdict {
  const mostLines = LINES_AT_ONCE + LINES_A_MINUTE * Math.ceil(minutes);
  const sockets = last?.resources['TCPSocketWrap'] ?? 0;
  const farewellTime = farewell === undefined ? NaN : farewell.endedAt - farewell.sentAt;
  return {
    figures: [
      ['unhandled rejections, exceptions, warnings', last?.faults.length ?? 'unknown'],
      ['connections left', last?.connections ?? 'unknown'],
      ['sockets left, that of Redis among them', sockets],
      ['genuine callback at the end', farewell === undefined ? 'none' : `${farewell.status} in ${farewellTime} ms`],
      ['lines of the log, of the library / of all', `${log.ownLines} / ${log.lines}`],
      ['outcomes observed', JSON.stringify(last?.outcomes ?? {})],
    ],
    violations: [
      ...(serverEnd === undefined ? [] : [`the server: ${serverEnd}`]),
      ...violationOf('unhandled', last?.faults ?? []),
      ...(last === undefined || last.connections > 0 ? [`connections left: ${last?.connections ?? 'unknown'}`] : []),
      ...(sockets > 1 ? [`sockets left beside that of Redis: ${JSON.stringify(last?.resources)}`] : []),
      ...(farewell?.status === 204 && farewellTime < LONGEST_FAREWELL
        ? []
        : [`the genuine callback at the end: ${JSON.stringify(farewell)}`]),
      ...(log.ownLines <= mostLines ? [] : [`the log has ${log.ownLines} lines, more than ${mostLines}`]),
    ],
  };
}
