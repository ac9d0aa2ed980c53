import { type Exchange } from '../traffic/setup.js';

/** What was sent, by sort, and how it was answered, as a table of Markdown. */
export function exchangeTable(exchanges: readonly Exchange[]): string {
  const statuses = [...new Set(exchanges.map(({ status }) => status))].sort((one, other) => one - other);
  const sorts = [...new Set(exchanges.map(({ sort }) => sort))].sort();
  const counts = new Map<string, number>();
  for (const { sort, status } of exchanges) {
    for (const key of [`${sort} ${status}`, `all ${status}`, sort, 'all']) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const row = (sort: string): readonly string[] => [
    sort,
    String(counts.get(sort) ?? 0),
    ...statuses.map((status) => String(counts.get(`${sort} ${status}`) ?? '')),
  ];
  const headings = ['sort', 'sent', ...statuses.map((status) => (status === 0 ? 'none' : String(status)))];
  const rows = [headings, ...sorts.map(row), row('all')];
  const widths = headings.map((_, column) => Math.max(3, ...rows.map((cells) => cells[column]?.length ?? 0)));
  const written = rows.map((cells) => {
    const padded = cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    return `| ${padded.join(' | ')} |`;
  });
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [written[0], `| ${rule.join(' | ')} |`, ...written.slice(1)].join('\n');
}
