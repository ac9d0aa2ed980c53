/** What is broken right now; the demonstration breaks and fixes it. */
export const FAULTS = {
  isDatabaseDown: false,
  /** How many inserts of an archive fail before one succeeds, by its name. */
  failuresLeft: new Map<string, number>(),
};

/** @throws {Error} if the insert of an archive should fail */
export function throwInjectedFault(name: string): void {
  if (FAULTS.isDatabaseDown) throw new Error('the database is down');
  const left = FAULTS.failuresLeft.get(name) ?? 0;
  if (left === 0) return;
  FAULTS.failuresLeft.set(name, left - 1);
  throw new Error(`"${name}" cannot be inserted`);
}
