import { EXIT, type ExitCode } from '../exit-code.js';
import { type Output } from '../output.js';
import { type CapturedRequest } from './capture.js';
import { type Check } from './examine.js';

/** Prints every check and returns how the command ends. */
export function reportChecks(
  checks: readonly Check[],
  { remarks }: CapturedRequest,
  at: Date,
  output: Output,
): ExitCode {
  const failed = checks.filter(({ outcome }) => outcome === 'failed');
  const open = checks.filter(({ outcome }) => outcome === 'not_checked');
  const isVerified = checks.some(({ id, outcome }) => id === 'signature' && outcome === 'passed');
  const document = { passed: failed.length === 0, signatureVerified: isVerified };
  output.json({ ...document, judgedAt: at.toISOString(), remarks, checks });

  for (const check of checks) {
    output.line(checkLine(check, output));
    if (check.explanation !== undefined) output.line(`    ${check.explanation}`);
  }
  for (const remark of remarks) output.line(output.paint.faint(`  ${remark}`));
  const { paint } = output;
  const unchecked = open.length === 0 ? '' : ` Not checked: ${open.map(({ title }) => title).join(', ')}.`;
  if (failed.length === 0)
    output.line(`\n${paint.good(open.length === 0 ? 'Genuine and intact.' : 'Nothing is wrong.')}${unchecked}`);
  else output.line(`\n${paint.bad(`Failed: ${failed.map(({ title }) => title).join(', ')}.`)}${unchecked}`);
  if (failed.length > 0) return EXIT.failed;
  return isVerified ? EXIT.ok : EXIT.unverified;
}

function checkLine({ title, outcome, detail }: Check, { paint }: Output): string {
  const name = title.padEnd(20);
  if (outcome === 'passed') return `${paint.good('✓')} ${name} ${detail}`;
  if (outcome === 'failed') return `${paint.bad('✗')} ${name} ${paint.bad(detail)}`;
  return `${paint.warning('-')} ${name} not checked: ${detail}`;
}
