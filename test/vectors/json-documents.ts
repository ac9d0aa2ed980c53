import { readFileSync } from 'node:fs';

/** What a parser has to do with a document: accept it, refuse it, or either. */
export type Verdict = 'y' | 'n' | 'i';

/** A document of the JSON parsing suite. */
export interface JsonDocument {
  readonly name: string;
  readonly verdict: Verdict;
  readonly bytes: Buffer;
}

const file = readFileSync(new URL('./json-test-suite.json', import.meta.url), 'utf8');

/** Too large to be written down. */
const GIANTS: Readonly<Record<string, string>> = {
  n_structure_100000_opening_arrays: '['.repeat(100_000),
  n_structure_open_array_object: `${'[{"":'.repeat(50_000)}\n`,
};

export const JSON_DOCUMENTS: readonly JsonDocument[] = [
  ...Object.entries(JSON.parse(file) as Record<string, string>).map(([name, base64]) => ({
    name,
    bytes: Buffer.from(base64, 'base64'),
  })),
  ...Object.entries(GIANTS).map(([name, text]) => ({ name, bytes: Buffer.from(text) })),
].map((document) => ({ ...document, verdict: document.name.charAt(0) as Verdict }));

/** The documents with a verdict, as rows of a table of tests. */
export const documentsThat = (verdict: Verdict): [string, JsonDocument][] =>
  JSON_DOCUMENTS.filter((document) => document.verdict === verdict).map((document) => [document.name, document]);
