import { type DeliveryHealthReport } from '../delivery/delivery-health.js';

/** The limits above which an inbox counts as too full, for {@link VideoCallbacksHealthIndicator.isHealthy}. */
export interface InboxLimits {
  /** How many callbacks may be stored and not handled yet. At least 0; default any number. */
  readonly maxWaiting?: number | undefined;
  /** How many callbacks may have failed for good. At least 0; default any number. */
  readonly maxDead?: number | undefined;
}

/** The health of the delivery, and the reason if it is not healthy. */
type HealthVerdict = { readonly status: 'up' } | { readonly status: 'degraded' | 'down'; readonly message: string };

/** Decides the health from the state of the delivery. */
export function judge(report: DeliveryHealthReport, limits: InboxLimits): HealthVerdict {
  const { storage, isAvailable, unavailable } = report;
  if (!isAvailable && unavailable === 'reject') {
    return { status: 'down', message: `the ${storage} is unavailable: callbacks are answered 503` };
  }
  const excess = excessOf(report, limits);
  if (excess !== undefined) return { status: 'down', message: excess };
  if (!isAvailable) {
    return {
      status: 'degraded',
      message: `the ${storage} is unavailable: callbacks are handled at once, copies perhaps again`,
    };
  }
  return { status: 'up' };
}

function excessOf({ inbox }: DeliveryHealthReport, limits: InboxLimits): string | undefined {
  const { maxWaiting = Infinity, maxDead = Infinity } = limits;
  if (inbox === undefined) return undefined;
  const { waiting, dead } = inbox;
  if (waiting > maxWaiting) return `${waiting} callbacks wait: more than ${maxWaiting} (maxWaiting)`;
  if (dead > maxDead) return `${dead} callbacks failed for good: more than ${maxDead} (maxDead)`;
  return undefined;
}
