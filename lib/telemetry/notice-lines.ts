import { cut, quoted } from '../verification/quoted-text.js';
import { type CallbackOutcomeName, type GenuineCallbackOutcome } from './callback-outcome.js';
import { type RepeatableLine } from './log-line.js';
import { describeError } from './log-text.js';
import { HOUR_MS, once } from './repeated-lines.js';

/** A secret that is not the first of its list, still in use. */
export function secretInUseLine({
  kind,
  projectId,
  secretPosition,
}: Pick<GenuineCallbackOutcome, 'kind' | 'projectId' | 'secretPosition'>): RepeatableLine {
  return {
    level: 'log',
    text: () =>
      `Vonage signs ${kind} callbacks of project ${quoted(projectId)} with secret [${secretPosition}] of the list: ` +
      'it is in use, do not remove it yet.',
    fields: () => ({ outcome: 'secret-in-use', kind, projectId: cut(projectId), secretPosition }),
    repetition: once('secret in use', `${kind} ${secretPosition} ${projectId}`, HOUR_MS),
  };
}

/** Secrets that are used although the provider did not confirm them in time. */
export function staleSecretsLine(error: unknown): RepeatableLine {
  const described = describeError(error);
  return {
    level: 'warn',
    text: () =>
      `${described}. Callbacks of known projects are verified with earlier answers of the secret provider until ` +
      'staleIfError is over.',
    fields: () => ({ outcome: 'stale-secrets', error: described }),
    repetition: once('stale secrets', described),
  };
}

/** A stored callback that this application leaves for another one. */
export function leftInInboxLine(reason: string): RepeatableLine {
  return {
    level: 'warn',
    text: () => `A stored callback is left in the inbox for another process: ${reason}.`,
    fields: () => ({ outcome: 'left', reason }),
    repetition: once('left in inbox', reason, HOUR_MS),
  };
}

/** A connection that was closed because it had too many requests without an answer. */
export function connectionEndedLine(): RepeatableLine {
  return {
    level: 'warn',
    text: () =>
      'Closed a connection: it sent many requests that may be callbacks without waiting for the answers (HTTP ' +
      'pipelining). Vonage does not do that.',
    fields: () => ({ outcome: 'connection-ended' }),
    repetition: once('connection ended'),
  };
}

/** The observer threw: its errors must not fill the log either. */
export function observerThrewLine(name: CallbackOutcomeName, error: unknown): RepeatableLine {
  const described = describeError(error);
  return {
    level: 'error',
    text: () => `The observer threw in "${name}": ${described}`,
    fields: () => ({ error: described }),
    repetition: once(`observer ${name}`),
  };
}
