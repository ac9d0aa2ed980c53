import { textTable } from '../text-table.js';
import { type Measurements } from './measurements.js';
import { type Row, rowOf } from './rows.js';

const HEADINGS = [
  'row',
  'platform',
  'req/s',
  'p50 ms',
  'p99 ms',
  'cpu µs',
  'failures',
  '/ sample',
  '/ bare',
  '/ hand',
  'cpu / hand',
] as const;
const TEXT_COLUMNS = 2;

/** The measurements, a line for each row. */
export function table(measurements: Measurements): string {
  const rows = measurements.rows.map((row) => cells(measurements, row));
  return textTable(HEADINGS, rows, TEXT_COLUMNS);
}

function cells(measurements: Measurements, row: Row): readonly string[] {
  const { name, platform } = row;
  const ratios = (['sample', 'bare', 'hand'] as const).map((other) =>
    ratio(measurements.ratio(row, rowOf(other, platform))),
  );
  return [
    name,
    platform,
    Math.round(measurements.median(row, 'perSecond')).toLocaleString('en'),
    measurements.median(row, 'p50').toFixed(2),
    measurements.median(row, 'p99').toFixed(2),
    measurements.median(row, 'processorTime').toFixed(0),
    String(measurements.failures(row)),
    ...ratios,
    ratio(measurements.ratio(row, rowOf('hand', platform), 'processorTime')),
  ];
}

function ratio(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(2);
}
