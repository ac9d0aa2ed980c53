import { isWithin } from '../faults/outage.js';
import { LIMITS } from '../server/setup.js';
import { type Evidence } from './evidence.js';
import { isSuccess } from './handlings.js';
import { type Verdict } from './verdict.js';

/** How long genuine callbacks took that were taken at once, while Redis was available. Reported, not judged. */
export function tellLatency({ exchanges, outages }: Evidence): Verdict {
  const latencies = exchanges
    .filter(({ sort, status }) => sort === 'genuine' && isSuccess(status))
    .filter(({ sentAt, endedAt }) => {
      const margin = endedAt - sentAt + LIMITS.storageTimeout * 1000;
      return !isWithin(outages, sentAt, margin, LIMITS.storageTimeout * 1000);
    })
    .map(({ sentAt, endedAt }) => endedAt - sentAt)
    .sort((one, other) => one - other);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? NaN;
  return {
    figures: [['ms to 2xx outside outages, p50 / p95 / p99 / most', [0.5, 0.95, 0.99, 1].map(at).join(' / ')]],
    violations: [],
  };
}
