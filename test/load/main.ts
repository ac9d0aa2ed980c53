// Sends mixed traffic to both platforms, or one, for some minutes each while faults are injected; ends with 1 if
// anything came of it that must not.
import { machineFacts } from '../harness/machine.js';
import { readArguments } from './arguments.js';
import { judge } from './judgement/judge.js';
import { exchangeTable } from './report/exchange-table.js';
import { verdictLines } from './report/verdict-lines.js';
import { run } from './run.js';

const given = readArguments(process.argv.slice(2));
console.log(machineFacts());
for (const platform of given.platforms) {
  console.log(`\n${platform}, ${given.minutes} min, seed ${given.seed}\n`);
  const evidence = await run(platform, given);
  const verdict = judge(evidence);
  console.log(`${exchangeTable(evidence.exchanges)}\n\n${verdictLines(verdict)}`);
  if (verdict.violations.length > 0) process.exitCode = 1;
}
