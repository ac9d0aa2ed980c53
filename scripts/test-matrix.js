// Runs the end-to-end tests on every version of Node and Nest that the README promises, or on those that are named:
// `npm run test:matrix -- node-26 nest-12`.
import { fileURLToPath } from 'node:url';
import { runEndToEnd } from './end-to-end.js';
import { areInstalled } from './programs.js';
import { NESTS, NODES } from './versions.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const names = process.argv.slice(2);
const known = [...Object.keys(NODES), ...Object.keys(NESTS)];
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`No such version: ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  process.exit(1);
}
const chosen = (versions) => {
  const all = Object.keys(versions);
  const named = all.filter((name) => names.includes(name));
  return named.length > 0 ? named : all;
};

const total = { passed: 0, failed: 0, skipped: 0 };
const rows = [];
if (!areInstalled('redis', 'postgres')) process.exit(1);
for (const nest of chosen(NESTS)) {
  for (const node of chosen(NODES)) {
    const started = Date.now();
    const counts = runEndToEnd(nest, node);
    for (const count of Object.keys(total)) total[count] += counts[count];
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    rows.push(`${nest.padEnd(16)} ${node.padEnd(8)} ${counts.passed} passed, ${counts.failed} failed (${seconds} s)`);
    console.log(rows.at(-1));
  }
}

console.log(`\n${rows.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 ? 1 : 0;
