import { type Sample } from '../server/setup.js';
import { type Evidence } from './evidence.js';
import { type Verdict } from './verdict.js';

/** The beginning is left out: code is compiled, and caches that are bounded fill up. */
const WARM_UP = 0.2;
/** By how much the last third may exceed the first one. */
const SHARE = 0.1;
const MARGIN = 4e6;

/** Memory after garbage collection does not grow with the traffic. */
export function judgeMemory({ samples }: Evidence): Verdict {
  const settled = samples.slice(Math.ceil(samples.length * WARM_UP));
  const third = Math.floor(settled.length / 3);
  if (third === 0) return { figures: [], violations: ['memory was looked at too seldom to say anything'] };
  const first = settled.slice(0, third);
  const last = settled.slice(-third);
  const [heapFirst, heapLast] = [first, last].map((part) => median(part, ({ heapUsed }) => heapUsed)) as [
    number,
    number,
  ];
  const limit = heapFirst * (1 + SHARE) + MARGIN;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  return {
    figures: [
      ['heap in use, first / last third, MB', `${megabytes(heapFirst)} / ${megabytes(heapLast)}`],
      [
        'rss, first / last third, MB',
        [first, last].map((part) => megabytes(median(part, ({ rss }) => rss))).join(' / '),
      ],
      ['samples of memory', samples.length],
    ],
    violations:
      heapLast <= limit
        ? []
        : [`memory grew from ${megabytes(heapFirst)} to ${megabytes(heapLast)} MB, more than to ${megabytes(limit)}`],
  };
}

function median(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const sorted = samples.map(value).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
