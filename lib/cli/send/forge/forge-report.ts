import { EXIT, type ExitCode } from '../../exit-code.js';
import { type Output } from '../../output.js';
import { type FaultId, FAULTS } from './faults.js';
import { faultOf, type Verdict } from './verdict.js';

/** A verdict as one line. */
export function verdictLine(verdict: Verdict, { paint }: Output): string {
  const answer = String(verdict.status ?? verdict.error ?? '');
  const line = (word: string): string => `${word.padEnd(8)}  ${answer.padEnd(4)} ${verdict.title}`;
  if (verdict.outcome === 'refused') return `${paint.good('✓')} ${line('refused')}`;
  if (faultOf(verdict)?.severity === 'advice') return `${paint.warning('!')} ${line('accepted')}`;
  return `${paint.bad('✗')} ${paint.bad(line(verdict.outcome.toUpperCase()))}`;
}

/** What was tried, on what. */
interface ForgeSubject {
  readonly endpoint: string;
  readonly kind: string;
  readonly event: string;
  /** Whether accepted requests of minor importance fail too. */
  readonly strict: boolean;
}

/** Prints the summary and returns how the command ends. */
export function reportVerdicts(subject: ForgeSubject, verdicts: readonly Verdict[], output: Output): ExitCode {
  const findings = (Object.keys(FAULTS) as FaultId[])
    .map((id) => ({ id, ...FAULTS[id], requests: verdicts.filter(({ fault }) => fault === id).map(({ id }) => id) }))
    .filter(({ requests }) => requests.length > 0);
  const faults = findings.filter(({ severity }) => severity === 'fault');
  const advice = findings.filter(({ severity }) => severity === 'advice');
  const passed = faults.length === 0 && !(subject.strict && advice.length > 0);

  output.json({ ...subject, passed, faults, advice, requests: verdicts });
  const { paint } = output;
  const refused = verdicts.filter(({ outcome }) => outcome === 'refused').length;
  output.line(`\n${verdicts.length} hostile requests to ${subject.endpoint}, ${refused} refused.`);
  for (const [title, list, colour] of [
    ['Faults', faults, paint.bad],
    ['Advice', advice, paint.warning],
  ] as const) {
    if (list.length === 0) continue;
    output.line(`\n${title}:`);
    for (const { id, title, requests } of list) {
      output.line(`  ${colour(id)}: ${title}`);
      output.line(paint.faint(`    ${requests.join(', ')}`));
    }
  }
  if (faults.length === 0 && advice.length === 0) output.line(paint.good('All were refused.'));
  else if (passed) output.line(`\n${paint.good('No fault was found.')} With --strict, the advice counts too.`);
  return passed ? EXIT.ok : EXIT.failed;
}
