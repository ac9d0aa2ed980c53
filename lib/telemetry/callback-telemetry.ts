import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { types } from 'node:util';
import { toleratedLine } from './accepted-lines.js';
import { type CallbackObserver, type ObserverMethods } from './callback-observer.js';
import {
  type CallbackOutcomeName,
  type CallbackOutcomes,
  type GenuineCallbackOutcome,
  type RejectedOutcome,
} from './callback-outcome.js';
import { secretInUseLine, staleSecretsLine } from './dependency-lines.js';
import { type Diagnose, Diagnoses } from './diagnoses.js';
import { leftInInboxLine, observerThrewLine } from './failure-lines.js';
import { textKeyOf } from './log-line.js';
import { hasSubscribers, publish } from './outcome-channels.js';
import { OutcomeCounts } from './outcome-counts.js';
import { isAlwaysLogged, outcomeLine } from './outcome-line.js';
import { connectionEndedLine, diagnosedLine } from './refusal-lines.js';
import { type RepeatableLine } from './repeatable-line.js';
import { RepeatedLines } from './repeated-lines.js';

/**
 * The one place where an outcome becomes a log line, an observer call and a message on a diagnostics channel. Log lines
 * hold no secret, no token and no value of a payload; untrusted input is quoted and cut.
 */
export class CallbackTelemetry implements OnApplicationShutdown {
  /** How many callbacks ended in which way. */
  readonly counts = new OutcomeCounts();

  private readonly logger = new Logger('VideoCallbacks');
  private readonly repeated = new RepeatedLines();
  private readonly diagnoses = new Diagnoses();
  private readonly observer: ObserverMethods;
  private readonly textKey: string;

  /** @param pinoParameters what nestjs-pino was configured with, if the application has it */
  constructor(observer: CallbackObserver = {}, pinoParameters?: object) {
    this.observer = observer;
    this.textKey = textKeyOf(pinoParameters);
  }

  /**
   * Reports an outcome. It is made only if it is logged, observed or published.
   *
   * @param isRemarkable whether there is a line to write even where those of debugging are not wanted
   */
  tell<Name extends CallbackOutcomeName>(
    name: Name,
    outcome: () => CallbackOutcomes[Name],
    isRemarkable = isAlwaysLogged(name),
  ): void {
    this.counts.add(name);
    const isWritten = isRemarkable || isLogged('debug');
    const isPublished = hasSubscribers(name);
    if (!isWritten && !isPublished && this.observer[name] === undefined) return;

    const made = outcome();
    if (isWritten) this.write(outcomeLine(name, made));
    this.notify(name, made, isPublished);
  }

  /** The request is not genuine. What `diagnose` finds is added to the log lines, and looked for only if they are wanted. */
  rejected(outcome: RejectedOutcome, diagnose?: Diagnose): void {
    this.counts.add('rejected');
    this.counts.addReason(outcome.reason);
    const line = outcomeLine('rejected', outcome);
    if (diagnose === undefined || !isLogged(line.level)) this.write(line);
    else {
      this.diagnoses.make(outcome, diagnose, (diagnosis) => {
        this.write(diagnosedLine(line, diagnosis));
      });
    }
    this.notify('rejected', outcome, hasSubscribers('rejected'));
  }

  /** The body is not the one that was signed, and the operator chose to accept that (`verifyPayload: false`). */
  tolerated(outcome: GenuineCallbackOutcome, explanation: string): void {
    this.write(toleratedLine(outcome, explanation));
  }

  /** A callback was signed with another secret than the first of its list, as an operator who rotates it wants to know. */
  secretInUse(outcome: Pick<GenuineCallbackOutcome, 'kind' | 'projectId' | 'secretPosition'>): void {
    this.write(secretInUseLine(outcome));
  }

  /** The secret provider failed, and signatures are verified with what it answered before. */
  staleSecrets(error: unknown): void {
    this.write(staleSecretsLine(error));
  }

  /** A stored callback is left in the inbox, because this application is not the one that handles it. */
  leftInInbox(reason: string): void {
    this.write(leftInInboxLine(reason));
  }

  /** A connection was closed because it had too many requests without an answer. */
  connectionEnded(): void {
    this.write(connectionEndedLine());
  }

  /** Called by Nest when the application ends: what was counted and not written yet is written. */
  async onApplicationShutdown(): Promise<void> {
    await this.diagnoses.settled();
    this.repeated.flush();
  }

  private write({ level, repetition, ends, describe }: RepeatableLine): void {
    const write = (repeats: number): void => {
      if (ends !== undefined) this.repeated.endGroup(ends);
      this.logger[level](describe(repeats).withTextIn(this.textKey));
    };
    if (repetition === undefined) write(0);
    else {
      this.repeated.submit(
        repetition,
        () => {
          write(0);
        },
        write,
      );
    }
  }

  private notify<Name extends CallbackOutcomeName>(
    name: Name,
    outcome: CallbackOutcomes[Name],
    isPublished: boolean,
  ): void {
    if (isPublished) publish(name, outcome);
    const logError = (error: unknown): void => {
      this.write(observerThrewLine(name, error));
    };
    try {
      const returned: unknown = this.observer[name]?.(outcome);
      // The type permits asynchronous methods. They are not awaited, but a rejection must not end the process.
      if (types.isPromise(returned)) returned.catch(logError);
    } catch (error) {
      logError(error);
    }
  }
}

/** Whether lines of a level are wanted. Nest 11.1.4 says no to every level where none were chosen. */
function isLogged(level: RepeatableLine['level']): boolean {
  return Logger.isLevelEnabled(level) || !Logger.isLevelEnabled('error');
}
