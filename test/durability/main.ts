// Measures what the ledger and the inbox promise. All experiments, or those that are named; ends with 1 if one fails.
import { inboxCopies, ledgerCopies, postgresCopies } from './experiments/copies.js';
import { exactlyOnce, exactlyOnceBullmq, exactlyOncePgBoss, exactlyOnceWithout } from './experiments/exactly-once.js';
import { type Experiment, type Finding } from './experiments/experiment.js';
import { kills } from './experiments/kills.js';
import { poison } from './experiments/poison.js';
import { postgresBytes } from './experiments/postgres-bytes.js';
import { postgresRemoval } from './experiments/postgres-removal.js';
import { redisBytes } from './experiments/redis-bytes.js';
import { redisKilled, redisRestarted } from './experiments/redis-restarts.js';

const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  'ledger-copies': ledgerCopies,
  'inbox-copies': inboxCopies,
  'postgres-copies': postgresCopies,
  'exactly-once': exactlyOnce,
  'exactly-once-without': exactlyOnceWithout,
  'exactly-once-pg-boss': exactlyOncePgBoss,
  'exactly-once-bullmq': exactlyOnceBullmq,
  kills,
  poison,
  'redis-killed': redisKilled,
  'redis-restarted': redisRestarted,
  'redis-bytes': redisBytes,
  'postgres-bytes': postgresBytes,
  'postgres-removal': postgresRemoval,
};

function row({ what, value, goal, isRight }: Finding): string {
  const verdict = goal === undefined ? '' : `${isRight ? '✓' : '✗'} ${goal}`;
  return `  ${what.padEnd(62)} ${String(value).padStart(10)}  ${verdict}`.trimEnd();
}

const chosen = process.argv.slice(2);
let failures = 0;
for (const name of chosen.length > 0 ? chosen : Object.keys(EXPERIMENTS)) {
  const experiment = EXPERIMENTS[name];
  if (experiment === undefined) {
    console.error(`No such experiment: ${name}. There are: ${Object.keys(EXPERIMENTS).join(', ')}.`);
    process.exit(1);
  }
  console.log(`\n${name}`);
  const findings = await experiment();
  for (const finding of findings) console.log(row(finding));
  failures += findings.filter(({ isRight }) => !isRight).length;
}
console.log(failures === 0 ? '\nAll is as it must be.' : `\n${failures} numbers are not as they must be.`);
process.exitCode = failures === 0 ? 0 : 1;
