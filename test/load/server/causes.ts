import { type CallbackObserver, type FailedOutcome, type UnavailableOutcome } from 'nestjs-vonage-video-callbacks';
import { type JsonLines } from '../../harness/json-lines.js';
import { RequestedFailure } from './requested-failure.js';
import { type Cause, type Miss } from './setup.js';

const NAMES = ['accepted', 'duplicate', 'rejected', 'unusable', 'failed', 'unavailable', 'recovered'] as const;

/** Counts every outcome, and writes down why something was answered 5xx. */
export class Causes {
  readonly counts: Record<string, number> = {};

  constructor(
    private readonly file: JsonLines<Cause>,
    private readonly misses: JsonLines<Miss>,
  ) {}

  readonly observer: CallbackObserver = Object.fromEntries(
    NAMES.map((name) => [
      name,
      (outcome: object) => {
        this.counts[name] = (this.counts[name] ?? 0) + 1;
        const cause = causeOf(name, outcome);
        if (name === 'unavailable') this.noteMiss(outcome as UnavailableOutcome);
        if (cause !== undefined) this.file.write({ ...cause, at: Date.now() });
      },
    ]),
  );

  private noteMiss(outcome: UnavailableOutcome): void {
    if (!('jti' in outcome)) return;
    const { jti, error } = outcome;
    this.misses.write({ id: jti, error: error instanceof Error ? error.name : String(error), at: Date.now() });
  }
}

function causeOf(name: (typeof NAMES)[number], outcome: object): Pick<Cause, 'status' | 'why'> | undefined {
  if (name === 'failed') return causeOfFailure((outcome as FailedOutcome).error);
  return name === 'unavailable' ? causeOfAbsence(outcome as UnavailableOutcome) : undefined;
}

function causeOfFailure(error: unknown): Pick<Cause, 'status' | 'why'> {
  if (error instanceof RequestedFailure) return { status: 500, why: 'the handler was made to throw' };
  const name = error instanceof Error ? error.name : String(error);
  if (name === 'StillInProgressError') return { status: 503, why: 'a copy was in progress for too long' };
  return { status: 500, why: `not expected: ${name} ${error instanceof Error ? error.message : ''}` };
}

/** What is handled without the ledger is answered as ever. */
function causeOfAbsence({ dependency, error }: UnavailableOutcome): Pick<Cause, 'status' | 'why'> | undefined {
  switch (dependency) {
    case 'secrets':
      return { status: 503, why: absenceOfSecrets(error) };
    case 'unknown':
      return { status: 500, why: `not expected: ${error instanceof Error ? error.message : String(error)}` };
    default:
      return undefined;
  }
}

function absenceOfSecrets(error: unknown): string {
  if (!(error instanceof Error)) return `not expected: ${String(error)}`;
  const { cause } = error;
  if (!(cause instanceof Error)) return 'too many lookups of secrets';
  return cause.message === 'the vault is ill' ? 'the secret provider failed' : 'the secret provider hung';
}
