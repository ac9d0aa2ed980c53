import { Logger } from '@nestjs/common';
import { types } from 'node:util';
import {
  type AcceptedOutcome,
  type CallbackObserver,
  type CallbackOutcome,
  type DuplicateOutcome,
  type FailedOutcome,
  type GenuineCallbackOutcome,
  type RejectedOutcome,
  type StorageOutcome,
  type StoredOutcome,
  type UnavailableOutcome,
  type UnusableOutcome,
} from './callback-observer.js';
import { describeError, describeViolations, quoted } from './log-text.js';

/**
 * The one place where an outcome becomes a log line and an observer call. Log lines hold no secret, no token and no
 * value of a payload; what a stranger can choose is quoted and cut.
 */
export class CallbackTelemetry {
  private readonly logger = new Logger('VideoCallbacks');

  constructor(private readonly observer: CallbackObserver = {}) {}

  /** The handler completed. */
  accepted(outcome: AcceptedOutcome): void {
    if (outcome.setAside.length > 0) {
      this.logger.warn(
        `${genuine(outcome)} accepted, but fields of an unexpected type are left out of the DTO (RawCallback has them): ` +
          describeViolations(outcome.setAside),
      );
    }
    this.tell('accepted', outcome);
  }

  /** The body is not the one that was signed, and the operator chose to accept that (`verifyPayload: false`). */
  tolerated(outcome: GenuineCallbackOutcome, explanation: string): void {
    this.logger.warn(`${genuine(outcome)} is accepted although ${explanation} (verifyPayload is off)`);
  }

  /** The callback was stored, to be handled later. */
  stored(outcome: StoredOutcome): void {
    this.tell('stored', outcome);
  }

  /** The callback was handled before. */
  duplicate(outcome: DuplicateOutcome): void {
    this.logger.debug(`${genuine(outcome)} was handled before: a duplicate`);
    this.tell('duplicate', outcome);
  }

  /** The ledger or the inbox is away. To be called once per outage. */
  storageUnavailable(outcome: StorageOutcome): void {
    const meanwhile =
      outcome.policy === 'handle'
        ? 'callbacks are handled at once, and copies of them may be handled again'
        : 'callbacks are answered 503 and may be lost';
    this.logger.error(`The store of callbacks is away (${describeError(outcome.error)}): ${meanwhile}.`);
    this.tell('storageUnavailable', outcome);
  }

  /** The ledger or the inbox is back. */
  storageRecovered(missed: number): void {
    this.logger.warn(`The store of callbacks is back; it missed ${missed} of them.`);
    this.tell('storageRecovered', missed);
  }

  /** The request is not genuine. */
  rejected(outcome: RejectedOutcome): void {
    const project = outcome.projectId === undefined ? '' : `, project ${quoted(outcome.projectId)}`;
    this.logger.warn(
      `Rejected a request to ${outcome.route} (${outcome.kind}) from ${outcome.address ?? 'an unknown address'}${project}: ` +
        `${outcome.reason}: ${outcome.explanation}`,
    );
    this.tell('rejected', outcome);
  }

  /** The callback is genuine, but its body is not usable. */
  unusable(outcome: UnusableOutcome): void {
    this.logger.error(
      `${genuine(outcome)} is genuine but cannot be used (${outcome.status}), it may be lost: ` +
        describeViolations(outcome.violations),
    );
    this.tell('unusable', outcome);
  }

  /** The handler failed, or the callback never got there through a fault of our own. */
  failed(outcome: FailedOutcome): void {
    this.logger.error(`${genuine(outcome)} failed, it may be lost: ${describeError(outcome.error)}`);
    this.tell('failed', outcome);
  }

  /** The request could not be verified through a fault of our own. */
  unavailable(outcome: UnavailableOutcome): void {
    this.logger.error(
      `Cannot verify a request to ${outcome.route} (${outcome.kind}), a callback may be lost: ${describeError(outcome.error)}`,
    );
    this.tell('unavailable', outcome);
  }

  private tell<Name extends keyof CallbackObserver>(
    name: Name,
    outcome: Parameters<NonNullable<CallbackObserver[Name]>>[0],
  ): void;
  private tell(name: keyof CallbackObserver, outcome: never): void {
    const complain = (error: unknown): void => {
      this.logger.error(`The observer threw in "${name}": ${describeError(error)}`);
    };
    try {
      const told: unknown = this.observer[name]?.(outcome);
      // The type permits asynchronous methods; nobody waits for them, but a rejection must not end the process.
      if (types.isPromise(told)) told.catch(complain);
    } catch (error) {
      complain(error);
    }
  }
}

function genuine({ kind, route, projectId, jti }: GenuineCallbackOutcome & CallbackOutcome): string {
  return `The ${kind} callback ${quoted(jti)} of project ${quoted(projectId)} to ${route}`;
}
