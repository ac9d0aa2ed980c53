import { type Platform } from '../../harness/target.js';
import { type Measurements } from './measurements.js';
import { type RowName, rowOf } from './rows.js';

interface Goal {
  readonly row: RowName;
  readonly than: RowName;
  readonly platform: Platform;
  readonly atLeast: number;
}

const GOALS: readonly Goal[] = [
  { row: 'full', than: 'sample', platform: 'express', atLeast: 2.5 },
  { row: 'full', than: 'sample', platform: 'fastify', atLeast: 4.5 },
  { row: 'full', than: 'hand', platform: 'express', atLeast: 1 },
  { row: 'full', than: 'hand', platform: 'fastify', atLeast: 1 },
  // Within the noise of what telemetry costs where nobody listens.
  { row: 'full', than: 'silent', platform: 'express', atLeast: 0.95 },
  { row: 'full', than: 'silent', platform: 'fastify', atLeast: 0.95 },
  { row: 'refused', than: 'full', platform: 'express', atLeast: 1.3 },
  { row: 'refused', than: 'full', platform: 'fastify', atLeast: 1.3 },
];

/** A line for each goal whose rows were measured. */
export function goalLines(measurements: Measurements): readonly string[] {
  return GOALS.flatMap(({ row, than, platform, atLeast }) => {
    const measured = rowOf(row, platform);
    const ratio = measured && measurements.ratio(measured, rowOf(than, platform));
    if (ratio === undefined) return [];
    const verdict = ratio >= atLeast ? '✓' : '✗ missed:';
    return [`${verdict} ${row} / ${than} on ${platform}: ${ratio.toFixed(2)}, to be at least ${atLeast.toFixed(1)}`];
  });
}
