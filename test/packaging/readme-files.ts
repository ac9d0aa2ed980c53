import { readFileSync } from 'node:fs';

/** The code blocks of the README that are whole files: their first line is a comment with the file's name. */
export function readmeFiles(): ReadonlyMap<string, string> {
  const readme = readFileSync('README.md', 'utf8');
  const blocks = [...readme.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([^]*?)^```$/gm)];
  return new Map(blocks.map(([, name = '', text = '']) => [name, text]));
}
