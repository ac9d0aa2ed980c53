import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (...path: string[]): string => readFileSync(join(import.meta.dirname, ...path), 'utf8');

/** Rows of the table of threats, each with the tests that it names: a file and a title in it. */
const ROWS = read('../SECURITY.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('.spec.ts'))
  .map((row) => ({
    threat: row.split('|')[1]?.trim() ?? '',
    proofs: [...row.matchAll(/`([\w/-]+\.spec\.ts)`((?:,? "[^"]+")+)/g)].flatMap(([, file = '', texts = '']) =>
      [...texts.matchAll(/"([^"]+)"/g)].map(([, text = '']) => ({ file, text })),
    ),
  }));

/** The lines of a file of tests in which one of them, a `describe`, or a row of examples has its title. */
function titlesOf(file: string): string {
  const lines = read(file).split('\n');
  return lines.filter((line) => /^\s*(?:(?:it|describe)(?:\.each)?\(|\]\)\(|\[?['`])/.test(line)).join('\n');
}

describe('SECURITY.md', () => {
  it('names threats', () => {
    expect(ROWS.length).toBeGreaterThan(20);
  });

  it.each(ROWS)('names tests that exist: $threat', ({ proofs }) => {
    expect(proofs).not.toEqual([]);
    for (const { file, text } of proofs) expect(titlesOf(file)).toContain(text);
  });
});
