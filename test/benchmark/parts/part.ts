import { type BenchmarkArguments } from '../arguments.js';

/** Measurements that are no rows of the table. */
export const PART_NAMES = ['memory', 'load-time', 'endurance', 'compare'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** Measures something, says what, and tells how many answers or deliveries were wrong. */
export type Part = (given: BenchmarkArguments) => Promise<number>;

/** A number that has to be at most another. */
export function atMost(what: string, value: number, goal: number, unit = ''): string {
  const shown = Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(2);
  const verdict = value <= goal ? '✓' : '✗ missed:';
  return `${verdict} ${what}: ${shown}${unit}, to be at most ${goal}${unit}`;
}
