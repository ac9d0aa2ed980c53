import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { REJECTION_REASONS } from '../lib/verification/callback-rejection.js';

const root = join(import.meta.dirname, '..');
const MOST_WORDS = 1200;

/** The pages in docs/, by their path from the root. */
const pages = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function withoutCode(page: string): string {
  return page.replaceAll(/^```[^]*?^```$/gm, '');
}

/** What the links and pictures of a page point to, apart from other sites. */
function linksOf(path: string): string[] {
  const text = withoutCode(read(path)).replaceAll(/`[^`\n]*`/g, 'code');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((to) => !/^[a-z]+:/.test(to));
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

function isBroken(from: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && !anchorsOf(target).includes(anchor);
}

/**
 * The syntax errors of a code block. A block may be a file, or a part of one below its imports: members of a class, the
 * body of an async function, or members of an object.
 */
function syntaxErrors(block: string): string[] {
  const code = block.replaceAll('{ … }', '{}');
  const part = code.replaceAll(/^import [^]*? from '[^']+';.*$/gm, '');
  const ways = [code, `class Part {\n${part}\n}`, `async function part() {\n${part}\n}`, `part = {\n${part}\n}`].map(
    parseErrors,
  );
  return ways.some((errors) => errors.length === 0) ? [] : (ways[0] ?? []);
}

function parseErrors(code: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(code, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, experimentalDecorators: true },
  });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe.each(['README.md', ...pages])('%s', (path) => {
  it('has links and anchors that resolve', () => {
    expect(linksOf(path).filter((link) => isBroken(path, link))).toEqual([]);
  });

  it('has TypeScript blocks that parse', () => {
    const blocks = [...read(path).matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code = '']) => code);
    const faults = blocks.map((code) => ({ code, errors: syntaxErrors(code) }));

    expect(faults.filter(({ errors }) => errors.length > 0)).toEqual([]);
  });
});

describe.each(pages)('%s', (path) => {
  it(`has at most ${MOST_WORDS} words`, () => {
    expect(read(path).trim().split(/\s+/).length).toBeLessThanOrEqual(MOST_WORDS);
  });

  it('is linked from the README or from another page', () => {
    const others = ['README.md', ...pages].filter((other) => other !== path);
    const linked = others.flatMap((from) =>
      linksOf(from).map((link) => relative(root, join(root, dirname(from), link.replace(/#.*/, '')))),
    );

    expect(linked.map((name) => name.replaceAll('\\', '/'))).toContain(path);
  });
});

describe('the checks of pages', () => {
  it('find a link to a missing page or heading', () => {
    expect(isBroken('docs/cli.md', 'missing.md')).toBe(true);
    expect(isBroken('docs/cli.md', '#missing')).toBe(true);
    expect(isBroken('docs/cli.md', '#in-scripts')).toBe(false);
  });

  it('find a syntax error', () => {
    expect(syntaxErrors('const answer = 42')).toEqual([]);
    expect(syntaxErrors('const answer = {')).not.toEqual([]);
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

describe('docs/cli.md', () => {
  it('names reasons that exist', () => {
    const mentioned = [...read('docs/cli.md').matchAll(/refused ([a-z]+_[a-z_]+):/g)].map(([, reason = '']) => reason);
    expect(mentioned.length).toBeGreaterThan(0);
    expect(REJECTION_REASONS).toEqual(expect.arrayContaining(mentioned));
  });
});

/** Whether the root of a package has no build for `require`. */
function isEsModuleOnly(manifest: string): boolean {
  const { type, exports } = JSON.parse(read(manifest)) as { type?: string; exports?: object };
  return type === 'module' && !JSON.stringify(exports ?? {}).includes('"require"');
}
