import { type Attributes, metrics, type MeterProvider } from '@opentelemetry/api';
import {
  isOfStorage,
  type GenuineCallback,
  type RejectedOutcome,
  type ReportedOutcome,
  type UnavailableOutcome,
} from '../telemetry/callback-outcome.js';
import {
  CODE_FUNCTION_NAME,
  DEPENDENCY,
  ERROR_TYPE,
  KIND,
  OUTCOME,
  PROJECT,
  REASON,
  SECRET_POSITION,
  STAGE,
} from './attribute-names.js';
import { BoundedLabels } from './bounded-labels.js';
import { callbackInstruments, type CallbackInstruments } from './callback-instruments.js';
import { type ErrorTypes } from './error-types.js';
import { gaugeInboxes } from './inbox-gauges.js';
import { SCOPE_NAME, scopeVersion } from './instrumentation-scope.js';
import { wasVerified } from './outcome-facts.js';
import { type Subscriptions } from './subscriptions.js';

/** How many projects are distinguished. */
const MAX_PROJECTS = 100;

/** Instruments of one provider. */
interface Made {
  readonly provider: MeterProvider;
  readonly instruments: CallbackInstruments;
  readonly endGauges: () => void;
}

/**
 * Counts and measures what becomes of callbacks. No attribute has a value of untrusted input, and the number of
 * values is bounded, so that the number of series is.
 */
export class CallbackMetrics {
  private readonly projects = new BoundedLabels(MAX_PROJECTS, 'other');
  private made: Made | undefined;

  constructor(
    private readonly provider: MeterProvider | undefined,
    private readonly errorTypes: ErrorTypes,
  ) {}

  /** Begins to count. */
  subscribe(subscriptions: Subscriptions): void {
    this.instruments();
    for (const name of ['accepted', 'stored', 'duplicate', 'unusable'] as const) {
      subscriptions.toOutcome(name, (outcome) => {
        this.ended(name, outcome);
        if (name !== 'duplicate') this.secretUsed(outcome);
      });
    }
    subscriptions.toOutcome('rejected', (outcome) => {
      this.ended('rejected', outcome, reasonOf(outcome));
    });
    subscriptions.toOutcome('failed', (outcome) => {
      this.ended('failed', outcome, this.errorOf(outcome));
      this.secretUsed(outcome);
    });
    subscriptions.toOutcome('redelivered', (outcome) => {
      this.count('redelivered', outcome);
    });
    subscriptions.toOutcome('dead', (outcome) => {
      this.count('dead', outcome, this.errorOf(outcome));
    });
    subscriptions.toOutcome('unavailable', (outcome) => {
      this.unavailable(outcome);
    });
    subscriptions.toOutcome('recovered', ({ dependency }) => {
      this.instruments().outcomes.add(1, { [OUTCOME]: 'recovered', [DEPENDENCY]: dependency });
    });
  }

  /** Removes the gauges. */
  end(): void {
    this.made?.endGauges();
    this.made = undefined;
  }

  private unavailable(outcome: UnavailableOutcome): void {
    const more = { [DEPENDENCY]: outcome.dependency, ...this.errorOf(outcome) };
    if (isOfStorage(outcome)) this.count('unavailable', outcome, more);
    else this.ended('unavailable', outcome, more);
  }

  /** An outcome that is how a request ended. */
  private ended(name: string, outcome: ReportedOutcome, more?: Attributes): void {
    this.count(name, outcome, more);
    const { total, ...stages } = outcome.durations;
    const measured = Object.entries(stages);
    // That of a stored callback which came to no method: nothing was measured.
    if (measured.length === 0) return;
    const { duration, stageDuration } = this.instruments();
    duration.record(total / 1000, { [KIND]: outcome.kind, [OUTCOME]: name });
    for (const [stage, ms] of measured) stageDuration.record(ms / 1000, { [STAGE]: stage });
  }

  private count(name: string, { kind, route }: ReportedOutcome, more: Attributes = {}): void {
    this.instruments().outcomes.add(1, { [KIND]: kind, [OUTCOME]: name, [CODE_FUNCTION_NAME]: route, ...more });
  }

  /** Counts once for each callback: when it arrives, and not again when it comes out of the inbox. */
  private secretUsed(outcome: ReportedOutcome & GenuineCallback): void {
    if (!wasVerified(outcome)) return;
    this.instruments().secretUses.add(1, {
      [KIND]: outcome.kind,
      [PROJECT]: this.projects.label(outcome.projectId),
      [SECRET_POSITION]: outcome.secretPosition,
    });
  }

  private errorOf({ error }: { readonly error: unknown }): Attributes {
    return { [ERROR_TYPE]: this.errorTypes.typeOf(error) };
  }

  /** Those of the provider that is there now: unlike tracers, instruments made before the SDK started stay without it. */
  private instruments(): CallbackInstruments {
    const provider = this.provider ?? metrics.getMeterProvider();
    if (this.made?.provider !== provider) {
      this.made?.endGauges();
      const meter = provider.getMeter(SCOPE_NAME, scopeVersion());
      this.made = { provider, instruments: callbackInstruments(meter), endGauges: gaugeInboxes(meter) };
    }
    return this.made.instruments;
  }
}

function reasonOf({ reason }: RejectedOutcome): Attributes {
  return { [REASON]: reason };
}
