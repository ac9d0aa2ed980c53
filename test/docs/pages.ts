import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** With the slashes that TypeScript uses on Windows too. */
export const ROOT = join(import.meta.dirname, '../..').replaceAll('\\', '/');

/** The pages in docs/, by their path from the root. */
export const GUIDE = markdownIn('docs');

/** Every page that the repository shows, by its path from the root. */
export const PAGES = [
  ...markdownIn('.'),
  ...GUIDE,
  ...markdownIn('docs/adr'),
  ...foldersIn('sample').flatMap(markdownIn),
  ...foldersIn('test').flatMap(markdownIn),
];

/** A fenced block of a page. */
export interface CodeBlock {
  readonly page: string;
  /** The line of the page on which its code begins. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function blocksOf(page: string): CodeBlock[] {
  const text = read(page);
  return [...text.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(({ 1: language = '', 2: code = '', index }) => ({
    page,
    line: text.slice(0, index).split('\n').length + 1,
    language,
    code,
  }));
}

/** What the links and pictures of a page point to. */
export function linksOf(page: string): string[] {
  const text = withoutCode(read(page)).replaceAll(/`[^`\n]*`/g, 'code');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** Whether a link stays in the repository. */
export function isRelative(link: string): boolean {
  return !/^[a-z]+:/.test(link);
}

/** The path from the root that a relative link of a page points to. */
export function targetOf(page: string, link: string): string {
  const [file = ''] = link.split('#');
  return file === '' ? page : posix.join(dirname(page), file);
}

export function withoutCode(text: string): string {
  return text.replaceAll(/^```[^]*?^```$/gm, '');
}

function markdownIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => posix.join(folder, name));
}

function foldersIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map(({ name }) => `${folder}/${name}`);
}
