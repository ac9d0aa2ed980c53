import { type Attributes, type Meter, metrics, type MeterProvider } from '@opentelemetry/api';
import { type GenuineCallback, isOfStorage, type ReportedOutcome, wasVerified } from '../telemetry/callback-outcome.js';
import * as attributes from './attributes.js';
import { BoundedLabels, type ErrorTypes } from './bounded-labels.js';
import { gaugeInboxes } from './inbox-gauges.js';
import { type Subscriptions } from './subscriptions.js';

/** How many projects and how many secret names are distinguished. Tenants may have different secret names. */
const MAX_LABELS = 100;

/** Bucket boundaries in seconds: those of the HTTP conventions, and longer ones for slow handlers. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];

/** Smaller boundaries for the stages: a verification takes about 0.1 ms. */
const STAGE_DURATIONS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, ...DURATIONS];

/**
 * Counts and measures the outcomes of callbacks. No attribute contains untrusted input, and the number of values is
 * limited, so the number of series is limited too.
 */
export class CallbackMetrics {
  private readonly projects = new BoundedLabels(MAX_LABELS, 'other');
  private readonly secretNames = new BoundedLabels(MAX_LABELS, 'other');
  private made: { readonly provider: MeterProvider; readonly instruments: Instruments } | undefined;

  /** @param provider the global one if absent */
  constructor(
    private readonly provider: MeterProvider | undefined,
    private readonly meterOf: (provider: MeterProvider) => Meter,
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
      this.ended('rejected', outcome, { [attributes.REASON]: outcome.reason });
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
      const more = { [attributes.DEPENDENCY]: outcome.dependency, ...this.errorOf(outcome) };
      if (isOfStorage(outcome)) this.count('unavailable', outcome, more);
      else this.ended('unavailable', outcome, more);
    });
    subscriptions.toOutcome('recovered', ({ dependency }) => {
      this.instruments().outcomes.add(1, { [attributes.OUTCOME]: 'recovered', [attributes.DEPENDENCY]: dependency });
    });
  }

  /** Removes the gauges. */
  end(): void {
    this.made?.instruments.endGauges();
    this.made = undefined;
  }

  /** An outcome that ends a request. */
  private ended(name: string, outcome: ReportedOutcome, more?: Attributes): void {
    this.count(name, outcome, more);
    const { total, ...stages } = outcome.durations;
    const measured = Object.entries(stages);
    // A stored callback that reached no method has no measured times.
    if (measured.length === 0) return;
    const { duration, stageDuration } = this.instruments();
    duration.record(total / 1000, { [attributes.KIND]: outcome.kind, [attributes.OUTCOME]: name });
    for (const [stage, ms] of measured) stageDuration.record(ms / 1000, { [attributes.STAGE]: stage });
  }

  private count(name: string, { kind, route }: ReportedOutcome, more: Attributes = {}): void {
    this.instruments().outcomes.add(1, {
      [attributes.KIND]: kind,
      [attributes.OUTCOME]: name,
      [attributes.CODE_FUNCTION_NAME]: route,
      ...more,
    });
  }

  /** Counts once for each callback: when it arrives, and not again when it comes out of the inbox. */
  private secretUsed(outcome: ReportedOutcome & GenuineCallback): void {
    if (!wasVerified(outcome)) return;
    const { secretName } = outcome;
    this.instruments().secretUses.add(1, {
      [attributes.KIND]: outcome.kind,
      [attributes.PROJECT]: this.projects.label(outcome.projectId),
      [attributes.SECRET_POSITION]: outcome.secretPosition,
      ...(secretName === undefined ? {} : { [attributes.SECRET_NAME]: this.secretNames.label(secretName) }),
    });
  }

  private errorOf({ error }: { readonly error: unknown }): Attributes {
    return { [attributes.ERROR_TYPE]: this.errorTypes.typeOf(error) };
  }

  /**
   * Creates the instruments with the current provider. Unlike tracers, instruments that are created before the SDK
   * starts never use it.
   */
  private instruments(): Instruments {
    const provider = this.provider ?? metrics.getMeterProvider();
    if (this.made?.provider !== provider) {
      this.end();
      this.made = { provider, instruments: instrumentsOf(this.meterOf(provider)) };
    }
    return this.made.instruments;
  }
}

type Instruments = ReturnType<typeof instrumentsOf>;

function instrumentsOf(meter: Meter) {
  return {
    outcomes: meter.createCounter('video_callbacks.outcomes', {
      description: 'What became of callbacks, and of requests that are none.',
      unit: '{callback}',
    }),
    duration: meter.createHistogram('video_callbacks.duration', {
      description: 'From the guard to the outcome.',
      unit: 's',
      advice: { explicitBucketBoundaries: DURATIONS },
    }),
    stageDuration: meter.createHistogram('video_callbacks.stage.duration', {
      description: 'How long one stage took.',
      unit: 's',
      advice: { explicitBucketBoundaries: STAGE_DURATIONS },
    }),
    secretUses: meter.createCounter('video_callbacks.secret.uses', {
      description: 'Genuine callbacks by the secret that they were signed with; copies are not counted.',
      unit: '{callback}',
    }),
    endGauges: gaugeInboxes(meter),
  };
}
