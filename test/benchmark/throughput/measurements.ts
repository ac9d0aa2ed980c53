import { type LoadResult } from '../load/load-setup.js';
import { type Row } from './rows.js';

/** What one row did in one round. */
export interface Measurement extends Pick<LoadResult, 'perSecond' | 'p50' | 'p99'> {
  /** What all threads of the application's process took for a request, user and system, in µs of a processor. */
  readonly processorTime: number;
  /** Wrong answers, and callbacks that were answered rightly and did not reach the handler (or did, and should not). */
  readonly failures: number;
}

/** What all rows did in all rounds. */
export class Measurements {
  private readonly byRow = new Map<Row, Measurement[]>();

  add(row: Row, measurement: Measurement): void {
    this.byRow.set(row, [...(this.byRow.get(row) ?? []), measurement]);
  }

  get rows(): readonly Row[] {
    return [...this.byRow.keys()];
  }

  /** The median over the rounds. */
  median(row: Row, value: Exclude<keyof Measurement, 'failures'>): number {
    return median((this.byRow.get(row) ?? []).map((measurement) => measurement[value]));
  }

  failures(row: Row): number {
    return (this.byRow.get(row) ?? []).reduce((sum, { failures }) => sum + failures, 0);
  }

  /** A row's throughput or processor time as a multiple of another row's: the median of the ratios within each round. */
  ratio(row: Row, other: Row | undefined, value: 'perSecond' | 'processorTime' = 'perSecond'): number | undefined {
    const others = other && this.byRow.get(other);
    const own = this.byRow.get(row);
    if (others === undefined || own === undefined) return undefined;
    return median(own.map((measurement, round) => measurement[value] / (others[round]?.[value] ?? NaN)));
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? NaN) + upper) / 2 : upper;
}
