import { readFileSync } from 'node:fs';

/** The code blocks of a page that are whole files: their first line is a comment with the file's name. */
export function documentedFiles(page: string): ReadonlyMap<string, string> {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/^```ts\n\/\/ (\S+\.ts)\n([^]*?)^```$/gm)];
  return new Map(blocks.map(([, name = '', text = '']) => [name, text]));
}
