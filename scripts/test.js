// Runs the steps of the test, or those that are named, and ends with one count of all of them.
import { fileURLToPath } from 'node:url';
import { STEPS } from './test-steps.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const named = process.argv.slice(2);
const names = named.length > 0 ? named : Object.keys(STEPS).filter((name) => STEPS[name].onDemand !== true);
const unknown = names.filter((name) => !Object.hasOwn(STEPS, name));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. There are: ${Object.keys(STEPS).join(', ')}.`);
  process.exit(1);
}

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
for (const name of names) {
  const { run, needs = [] } = STEPS[name];
  console.log(`\n> ${name}`);
  const started = Date.now();
  const counts = needs.some((needed) => failures.includes(needed)) ? { passed: 0, failed: 1, skipped: 0 } : await run();
  for (const count of Object.keys(total)) total[count] += counts[count];
  if (counts.failed > 0) failures.push(name);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${counts.failed > 0 ? 'failed' : 'passed'}: ${name} (${seconds} s)`);
}

if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = failures.length > 0 ? 1 : 0;
