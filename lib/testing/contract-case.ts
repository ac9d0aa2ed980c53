/** A case of a contract, for any test runner: `it(name, run)`. It fails by throwing. */
export interface ContractCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** @throws {Error} if the two are not the same */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, got ${got}`);
}
