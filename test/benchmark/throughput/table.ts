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
] as const;
const TEXT_COLUMNS = 2;

/** The measurements as a table of Markdown, which is read well as it is. */
export function table(measurements: Measurements): string {
  const lines = [HEADINGS, ...measurements.rows.map((row) => cells(measurements, row))];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const written = lines.map((line) => {
    const padded = line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column < TEXT_COLUMNS ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(' | ')} |`;
  });
  const rule = widths.map((width, column) => (column < TEXT_COLUMNS ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [written[0], `| ${rule.join(' | ')} |`, ...written.slice(1)].join('\n');
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
  ];
}

function ratio(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(2);
}
