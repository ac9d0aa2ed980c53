import { quoted } from '../verification/quoted-text.js';
import { type RejectedOutcome } from './callback-outcome.js';
import { LogLine } from './log-line.js';
import { type Repetition } from './repeated-lines.js';
import { line, once, type RepeatableLine, withRepeats } from './repeatable-line.js';

/** A request that is not genuine. */
export function rejectedLine(outcome: RejectedOutcome): RepeatableLine {
  return line('warn', outcome, 'rejected', () => rejectedText(outcome), rejectedRepetition(outcome));
}

function rejectedText({ route, kind, address, projectId, reason, explanation }: RejectedOutcome): string {
  const project = projectId === undefined ? '' : `, project ${quoted(projectId)}`;
  return (
    `Rejected a request to ${route} (${kind}) from ${address ?? 'an unknown address'}${project}: ` +
    `${reason}: ${explanation}`
  );
}

function rejectedRepetition({ reason, route, projectId, secretPosition, explanation }: RejectedOutcome): Repetition {
  const group = `rejected ${reason} ${route}`;
  if (reason === 'user_agent_mismatch') return once(group, NEW_USER_AGENT.test(explanation) ? 'of Vonage?' : '');
  // A token can name any project, but only for one that is configured is the signature checked.
  const isConfigured = reason === 'signature_mismatch' || secretPosition !== undefined;
  return once(group, isConfigured ? projectId : undefined);
}

/** A quoted User-Agent that may be a new one of Vonage's, which the lines of scanners must not hide. */
const NEW_USER_AGENT = /"[^"]*vonage[^"]*"/i;

/** A refusal with what else was found out about it: summed up apart from those about which something else was. */
export function diagnosedLine(refusal: RepeatableLine, diagnosis: string | undefined): RepeatableLine {
  const { level, repetition, describe } = refusal;
  if (diagnosis === undefined || repetition === undefined) return refusal;
  // A closed set: it holds nothing of the request but counts of bytes.
  const finding = diagnosis.replace(/\d+/g, '');
  return {
    level,
    repetition: { ...repetition, group: `${repetition.group}: ${finding}` },
    describe: (repeats) => describe(repeats, diagnosis),
  };
}

/** A connection that was closed because it had too many requests without an answer. */
export function connectionEndedLine(): RepeatableLine {
  return {
    level: 'warn',
    repetition: once('connection ended'),
    describe: (repeats) =>
      new LogLine(
        withRepeats(
          'Closed a connection: it sent many requests that may be callbacks without waiting for the answers (HTTP ' +
            'pipelining). Vonage does not do that.',
          repeats,
        ),
        { outcome: 'connection-ended' },
      ),
  };
}
