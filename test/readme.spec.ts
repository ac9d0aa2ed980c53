import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CALLBACK_OUTCOMES, InvalidOptionError, REJECTION_REASONS, VIDEO_CALLBACK_KINDS } from '../lib/index.js';
import * as attributes from '../lib/opentelemetry/attributes.js';
import { checkOptions } from '../lib/startup/options-check.js';

function read(path: string): string {
  return readFileSync(join(import.meta.dirname, '..', path), 'utf8');
}

/** The first column of a page's table that begins with this heading, without back-quotes. */
function firstColumn(page: string, heading: string): string[] {
  const [, table = ''] = read(page).split(new RegExp(`^\\| ${heading} .*\\n\\| -.*\\n`, 'm'));
  const rows = table.split('\n').slice(
    0,
    table.split('\n').findIndex((line) => !line.startsWith('|')),
  );
  return rows.map((row) => /`([^`]+)`/.exec(row)?.[1] ?? '');
}

/** The names that the module itself lists when it is given an option that it does not know. */
function knownOptions(): string[] {
  try {
    checkOptions({ nonsense: 1 } as never);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    return /the options are (.*)\.$/.exec(error.message)?.[1]?.split(', ') ?? [];
  }
}

describe('README.md', () => {
  it('has at most 1,300 words', () => {
    expect(read('README.md').trim().split(/\s+/).length).toBeLessThanOrEqual(1300);
  });

  it('links to every page of docs/', () => {
    const pages = readdirSync(join(import.meta.dirname, '../docs')).filter((name) => name.endsWith('.md'));
    const links = [...read('README.md').matchAll(/\]\(docs\/([\w-]+\.md)/g)].map(([, page = '']) => page);

    expect(links).toEqual(expect.arrayContaining(pages));
  });

  it.each(['nginx', 'mutual TLS', 'throttlers', 'Swagger', 'shared URL', 'Idempotent', 'BullMQ', 'CommonJS', 'alerts'])(
    'leads a reader who searches for it to %s',
    (word) => {
      expect(read('README.md')).toContain(word);
    },
  );
});

describe.each(['README.md', 'docs/getting-started.md'])('%s', (page) => {
  it('gives a value to every variable that its application needs', () => {
    const needed = [...read(page).matchAll(/getOrThrow<string>\('(\w+)'\)/g)].map(([, name = '']) => name);
    const given = [...read(page).matchAll(/^(\w+)=/gm)].map(([, name = '']) => name);

    expect(needed).not.toEqual([]);
    expect(given).toEqual(expect.arrayContaining(needed));
  });
});

describe('docs/configuration.md', () => {
  it('lists every option, and no other', () => {
    expect(firstColumn('docs/configuration.md', 'option').sort()).toEqual(knownOptions().sort());
  });

  it('shows the defaults that options have', () => {
    const page = read('docs/configuration.md');
    const defaults = Object.entries(checkOptions({ projects: { '1': 'secret' } })).filter(
      (entry): entry is [string, string | number | boolean] => typeof entry[1] !== 'object',
    );
    for (const [option, value] of defaults) {
      const [, row = ''] = new RegExp(`^\\| \`${option}\` +\\| ([^|]*)\\|`, 'm').exec(page) ?? [];
      expect(`${option}: ${row}`).toContain(String(value));
    }
  });
});

describe('docs/callbacks.md', () => {
  it('lists every kind of callback', () => {
    const kinds = firstColumn('docs/callbacks.md', '`@VideoCallback\\(…\\)`');
    expect(kinds.map((kind) => kind.replaceAll("'", ''))).toEqual([...VIDEO_CALLBACK_KINDS]);
  });
});

describe('docs/troubleshooting.md', () => {
  it('has a line for each reason of a refusal, and what to do about it', () => {
    expect(firstColumn('docs/troubleshooting.md', 'reason')).toEqual([...REJECTION_REASONS]);
  });

  it('mentions no reason that does not exist', () => {
    const [symptoms = ''] = read('docs/troubleshooting.md').split('## What each reason means');
    const mentioned = [...symptoms.matchAll(/`([a-z]+_[a-z_]+)`/g)].map(([, name = '']) => name);

    expect(mentioned.length).toBeGreaterThan(5);
    expect(REJECTION_REASONS).toEqual(expect.arrayContaining(mentioned));
  });
});

describe('docs/operations.md', () => {
  it('has a line for each outcome', () => {
    expect(firstColumn('docs/operations.md', 'outcome').sort()).toEqual([...CALLBACK_OUTCOMES].sort());
  });

  it('names attributes of metrics as they are, also where Prometheus writes them with underscores', () => {
    const known = Object.values(attributes)
      .filter((value) => typeof value === 'string')
      .map((name) => name.replaceAll('.', '_'));
    const mentioned = [...read('docs/operations.md').matchAll(/video_callback[._][a-z_]+/g)].map(([name]) =>
      name.replaceAll('.', '_'),
    );

    expect(mentioned.length).toBeGreaterThan(15);
    expect(mentioned.filter((name) => !known.includes(name))).toEqual([]);
  });
});
