import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CALLBACK_OUTCOMES } from '../../lib/telemetry/callback-outcome.js';
import { REJECTION_REASONS } from '../../lib/index.js';

const TESTS = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(TESTS, path), 'utf8');

/** The specs that start an application and send it requests. */
const SPECS = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.spec.ts') && !path.includes('node_modules'))
  .map(read)
  .filter(
    (text) => /support\/(?:use-)?application\.js'/.test(text) && /\.(?:post|port|url)\b|\(running\(\)/.test(text),
  );

const OPTIONS = [...read('../lib/video-callbacks.options.ts').matchAll(/^ {2}readonly (\w+)\?:/gm)].map(
  ([, name = '']) => name,
);

const isTested = (use: RegExp): boolean => SPECS.some((text) => use.test(text));

describe('The tests over HTTP', () => {
  it('find options and specs', () => {
    expect(OPTIONS).toContain('maxAge');
    expect(SPECS.length).toBeGreaterThan(20);
  });

  it.each(OPTIONS)('set the option %s', (option) => {
    expect(isTested(new RegExp(`\\{[^{}]*\\b${option}\\b\\s*[:,}]|\\b${option}: `))).toBe(true);
  });

  it.each(CALLBACK_OUTCOMES)('expect the outcome %s', (outcome) => {
    expect(
      isTested(new RegExp(`\\boutcomes\\.${outcome}\\b|\\{[^{}]*\\b${outcome}\\b[^{}]*\\} = .*\\boutcomes\\b`)),
    ).toBe(true);
  });

  it.each(REJECTION_REASONS)('expect the rejection reason %s', (reason) => {
    expect(isTested(new RegExp(`\\b${reason}\\b`))).toBe(true);
  });
});
