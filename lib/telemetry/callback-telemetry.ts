import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { channel } from 'node:diagnostics_channel';
import { types } from 'node:util';
import { cut, quoted } from '../verification/quoted-text.js';
import { type RejectionReason } from '../verification/callback-rejection.js';
import {
  CALLBACK_OUTCOMES,
  type CallbackObserver,
  type CallbackOutcomeName,
  type CallbackOutcomes,
  CHANNEL_PREFIX,
  type GenuineCallbackOutcome,
  type RejectedOutcome,
} from './callback-outcome.js';
import { type Diagnose, Diagnoses } from './diagnoses.js';
import { LogLine, type RepeatableLine, textKeyOf } from './log-line.js';
import { describeError } from './log-text.js';
import { isAlwaysLogged, outcomeLine, toleratedLine } from './outcome-lines.js';
import { HOUR_MS, once, RepeatedLines } from './repeated-lines.js';

/** nestjs-pino's PARAMS_PROVIDER_TOKEN, which its global module exports. */
export const PINO_PARAMETERS = 'pino-params';

const channels = forEachOutcome((name) => channel(CHANNEL_PREFIX + name));

interface OutcomeCounts {
  readonly byOutcome: Record<CallbackOutcomeName, number>;
  readonly byReason: Partial<Record<RejectionReason, number>>;
}

/**
 * The one place where an outcome becomes a log line, an observer call and a message on a diagnostics channel. Log lines
 * hold no secret, no token and no value of a payload; untrusted input is quoted and cut.
 */
export class CallbackTelemetry implements OnApplicationShutdown {
  /** The number of callbacks by outcome since the application started. Reasons that did not occur are absent. */
  readonly counts: OutcomeCounts = { byOutcome: forEachOutcome(() => 0), byReason: {} };

  private readonly logger = new Logger('VideoCallbacks');
  private readonly repeated = new RepeatedLines();
  private readonly diagnoses = new Diagnoses();
  private readonly textKey: string;

  /** @param pinoParameters the configuration of nestjs-pino, if the application uses it */
  constructor(
    private readonly observer: CallbackObserver = {},
    pinoParameters?: object,
  ) {
    this.textKey = textKeyOf(pinoParameters);
  }

  /**
   * Reports an outcome. The outcome is created only if it is logged, observed or published.
   *
   * @param isRemarkable whether the outcome has a log line also without the level `debug`
   */
  report<Name extends CallbackOutcomeName>(
    name: Name,
    outcome: () => CallbackOutcomes[Name],
    isRemarkable = isAlwaysLogged(name),
  ): void {
    this.counts.byOutcome[name] += 1;
    const isWritten = isRemarkable || isLogged('debug');
    if (!isWritten && !channels[name].hasSubscribers && this.observer[name] === undefined) return;

    const made = outcome();
    if (isWritten) this.write(outcomeLine(name, made));
    this.notify(name, made);
  }

  /**
   * The request is not genuine. The result of `diagnose` is added to the log lines. It is called only if they are
   * written.
   */
  rejected(outcome: RejectedOutcome, diagnose?: Diagnose): void {
    const { byOutcome, byReason } = this.counts;
    byOutcome.rejected += 1;
    byReason[outcome.reason] = (byReason[outcome.reason] ?? 0) + 1;
    const write = (diagnosis?: string): void => {
      this.write(outcomeLine('rejected', outcome, diagnosis));
    };
    if (diagnose !== undefined && isLogged('warn')) this.diagnoses.make(outcome, diagnose, write);
    else write();
    this.notify('rejected', outcome);
  }

  /** The body is not the one that was signed, and the operator chose to accept that (`verifyPayload: false`). */
  tolerated(outcome: GenuineCallbackOutcome, explanation: string): void {
    this.write(toleratedLine(outcome, explanation));
  }

  /**
   * A callback was signed with a plain secret that is not the first of its list. Operators need this during a rotation.
   */
  secretInUse({
    kind,
    projectId,
    secretPosition,
  }: Pick<GenuineCallbackOutcome, 'kind' | 'projectId' | 'secretPosition'>): void {
    this.write({
      level: 'log',
      text: () =>
        `Vonage signs ${kind} callbacks of project ${quoted(projectId)} with secret [${secretPosition}] of the list: ` +
        'it is in use, do not remove it yet.',
      fields: () => ({ outcome: 'secret-in-use', kind, projectId: cut(projectId), secretPosition }),
      repetition: once('secret in use', `${kind} ${secretPosition} ${projectId}`, HOUR_MS),
    });
  }

  /** The secret provider failed, and signatures are verified with its earlier answers. */
  staleSecrets(error: unknown): void {
    const described = describeError(error);
    this.write({
      level: 'warn',
      text: () =>
        `${described}. Callbacks of known projects are verified with earlier answers of the secret provider until ` +
        'staleIfError is over.',
      fields: () => ({ outcome: 'stale-secrets', error: described }),
      repetition: once('stale secrets', described),
    });
  }

  /** A stored callback is left in the inbox, because this application does not handle it. */
  leftInInbox(reason: string): void {
    this.write({
      level: 'warn',
      text: () => `A stored callback is left in the inbox for another process: ${reason}.`,
      fields: () => ({ outcome: 'left', reason }),
      repetition: once('left in inbox', reason, HOUR_MS),
    });
  }

  /** A connection was closed because it had too many unanswered requests. */
  connectionEnded(): void {
    this.write({
      level: 'warn',
      text: () =>
        'Closed a connection: it sent many requests that may be callbacks without waiting for the answers (HTTP ' +
        'pipelining). Vonage does not do that.',
      fields: () => ({ outcome: 'connection-ended' }),
      repetition: once('connection ended'),
    });
  }

  /** Called by Nest when the application ends. Writes the counts that were not written yet. */
  async onApplicationShutdown(): Promise<void> {
    await this.diagnoses.settled();
    this.repeated.flush();
  }

  private write(line: RepeatableLine): void {
    const { level, repetition, ends } = line;
    const write = (leftOut = 0): void => {
      if (ends !== undefined) this.repeated.endGroup(ends);
      try {
        this.logger[level](new LogLine(line, leftOut, this.textKey));
      } catch {
        // If the application's logger throws, that must not change the result of a callback or end the process.
      }
    };
    if (repetition === undefined) write();
    else this.repeated.submit(repetition, write, write);
  }

  private notify<Name extends CallbackOutcomeName>(name: Name, outcome: CallbackOutcomes[Name]): void {
    // If a subscriber throws, Node emits `uncaughtException` instead of throwing here.
    channels[name].publish(outcome);
    const logError = (thrown: unknown): void => {
      const error = describeError(thrown);
      this.write({
        level: 'error',
        text: () => `The observer threw in "${name}": ${error}`,
        fields: () => ({ error }),
        repetition: once(`observer ${name}`),
      });
    };
    try {
      const returned: unknown = this.observer[name]?.(outcome);
      // Observer methods may be asynchronous. They are not awaited, but a rejection must not end the process.
      if (types.isPromise(returned)) returned.catch(logError);
    } catch (error) {
      logError(error);
    }
  }
}

function forEachOutcome<Value>(valueOf: (name: CallbackOutcomeName) => Value): Record<CallbackOutcomeName, Value> {
  return Object.fromEntries(CALLBACK_OUTCOMES.map((name) => [name, valueOf(name)])) as Record<
    CallbackOutcomeName,
    Value
  >;
}

/** Whether a log level is enabled. Nest 11.1.4 returns `false` for every level if none was configured. */
function isLogged(level: RepeatableLine['level']): boolean {
  return Logger.isLevelEnabled(level) || !Logger.isLevelEnabled('error');
}
