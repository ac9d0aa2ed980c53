/** A line of the table. */
export interface Finding {
  readonly what: string;
  readonly value: string | number;
  /** What it has to be, in words; nothing for a number that is only measured. */
  readonly goal?: string;
  readonly isRight: boolean;
}

export type Experiment = () => Promise<readonly Finding[]>;

/** A number that is only measured. */
export function measured(what: string, value: string | number): Finding {
  return { what, value, isRight: true };
}

export function exactly(what: string, value: number, goal: number): Finding {
  return { what, value, goal: String(goal), isRight: value === goal };
}

export function atMost(what: string, value: number, goal: number): Finding {
  return { what, value, goal: `at most ${goal}`, isRight: value <= goal };
}

export function atLeast(what: string, value: number, goal: number): Finding {
  return { what, value, goal: `at least ${goal}`, isRight: value >= goal };
}

export function secondsSince(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
