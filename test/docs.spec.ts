import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ENTRIES, EXPORTED_NAMES } from './docs/entries.js';
import { GUIDE, isRelative, linksOf, PAGES, read, ROOT, targetOf, withoutCode } from './docs/pages.js';

const MOST_WORDS = 1200;

const { homepage, files } = JSON.parse(read('package.json')) as { homepage: string; files: readonly string[] };
/** The address of the repository: package.json states it for all. */
const REPOSITORY = homepage.replace('#readme', '');

/** Whether the package has a file, as `files` of package.json says. */
function isPacked(path: string): boolean {
  const always = ['package.json', 'README.md', 'LICENSE'];
  const isListed = files.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`).test(path));
  return always.includes(path) || isListed;
}

/** The anchors that GitHub makes from the headings of a page. */
function anchorsOf(path: string): string[] {
  return [...withoutCode(read(path)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** A link into the repository by its address, as a relative link from the root. */
function fromRoot(link: string): string {
  return link
    .replace(REPOSITORY, '')
    .replace(/^\/(?:blob|tree)\/main\//, '')
    .replace(/^\/actions\//, '.github/');
}

function isBroken(from: string, link: string): boolean {
  const [, anchor] = link.split('#');
  const target = targetOf(from, link);
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && !anchorsOf(target).includes(anchor);
}

describe.each(PAGES)('%s', (path) => {
  it('has links and anchors that resolve', () => {
    expect(linksOf(path).filter((link) => isRelative(link) && isBroken(path, link))).toEqual([]);
  });

  it('names no other address of the repository than package.json, and no file that it does not have', () => {
    const { host, pathname } = new URL(REPOSITORY);
    const owner = pathname.split('/')[1] ?? '';
    const named = linksOf(path).filter((link) => !isRelative(link) && link.includes(owner));

    expect(host).toBe('github.com');
    expect(named.filter((link) => !link.startsWith(`${REPOSITORY}/`))).toEqual([]);
    expect(named.map(fromRoot).filter((link) => !link.endsWith('.svg') && isBroken('README.md', link))).toEqual([]);
  });
});

describe.each(PAGES.filter(isPacked))('%s, in the package', (path) => {
  it('links to files of the package, or to addresses', () => {
    const targets = linksOf(path)
      .filter(isRelative)
      .map((link) => targetOf(path, link));

    expect(targets.filter((target) => !isPacked(target))).toEqual([]);
  });
});

describe.each(GUIDE)('%s', (path) => {
  it(`has at most ${MOST_WORDS} words`, () => {
    expect(read(path).trim().split(/\s+/).length).toBeLessThanOrEqual(MOST_WORDS);
  });

  it('is linked from the README or from another page', () => {
    const others = ['README.md', ...GUIDE].filter((other) => other !== path);
    const linked = others.flatMap((from) => linksOf(from).map((link) => targetOf(from, link)));

    expect(linked).toContain(path);
  });
});

describe('the checks of pages', () => {
  it('cover every page of the repository', () => {
    expect(PAGES).toEqual(
      expect.arrayContaining([
        'README.md',
        'ARCHITECTURE.md',
        'CONTRIBUTING.md',
        'SECURITY.md',
        'CODE_OF_CONDUCT.md',
        'docs/faq.md',
        'docs/adr/README.md',
        'sample/04-live-monitor/README.md',
        'test/benchmark/README.md',
      ]),
    );
  });

  it('find a link to a missing page or heading', () => {
    expect(isBroken('docs/cli.md', 'missing.md')).toBe(true);
    expect(isBroken('docs/cli.md', '#missing')).toBe(true);
    expect(isBroken('docs/cli.md', '#in-scripts')).toBe(false);
  });

  it('find what the package does not have', () => {
    expect(isPacked('docs/cli.md')).toBe(true);
    expect(isPacked('docs/adr/README.md')).toBe(false);
    expect(isPacked('ARCHITECTURE.md')).toBe(false);
  });
});

describe.each([...ENTRIES.keys()])('The exports of %s', (entry) => {
  it('are each named in the README or in docs/', () => {
    const texts = ['README.md', ...GUIDE].map(read).join('\n');
    const words = new Set(texts.match(/\w+/g));
    const names = EXPORTED_NAMES.filter((exported) => exported.entry === entry).map(({ name }) => name);

    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !words.has(name))).toEqual([]);
  });
});

describe('docs/testing-setup.md', () => {
  it('has jest transform every dependency that is an ES module only', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const esModules = Object.keys(dependencies).filter((name) => isEsModuleOnly(`node_modules/${name}/package.json`));
    const patterns = [...read('docs/testing-setup.md').matchAll(/\(\?!\(([^)]*)\)\/\)/g)].map(([, names = '']) =>
      names.split('|'),
    );

    expect(esModules).toContain('jose');
    expect(patterns).toHaveLength(2);
    for (const names of patterns) {
      expect(names).toEqual(expect.arrayContaining(['nestjs-vonage-video-callbacks', ...esModules]));
    }
  });
});

/** Whether the root of a package has no build for `require`. */
function isEsModuleOnly(manifest: string): boolean {
  const { type, exports } = JSON.parse(read(manifest)) as { type?: string; exports?: object };
  return type === 'module' && !JSON.stringify(exports ?? {}).includes('"require"');
}
