import { type Verdict } from '../judgement/verdict.js';

/** The figures and the violations, as they are printed. */
export function verdictLines({ figures, violations }: Verdict): string {
  return [
    ...figures.map(([what, value]) => `  ${what.padEnd(50)} ${value}`),
    '',
    ...(violations.length === 0 ? ['All is as it must be.'] : violations.map((violation) => `✗ ${violation}`)),
  ].join('\n');
}
