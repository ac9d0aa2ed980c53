/** What one rule found. */
export interface Verdict {
  /** Lines of the table. */
  readonly figures: readonly (readonly [what: string, value: string | number])[];
  /** What must not be, each with what is needed to look for it. */
  readonly violations: readonly string[];
}

/** How many examples of a violation are named. */
const EXAMPLES = 5;

/** One violation for all the cases of a kind; none if there are none. */
export function violationOf(what: string, cases: readonly unknown[]): readonly string[] {
  if (cases.length === 0) return [];
  const examples = cases.slice(0, EXAMPLES).map((example) => JSON.stringify(example));
  return [`${what}: ${cases.length}, such as ${examples.join(', ')}`];
}
