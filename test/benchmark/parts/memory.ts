import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { atMost, type Part } from './part.js';

const PROGRAM = fileURLToPath(new URL('./fill-ledger.js', import.meta.url));
const CALLBACKS = 1_000_000;
const GOAL = 120;
const run = promisify(execFile);

/** What a remembered callback costs in memory. */
export const memory: Part = async () => {
  const { stdout } = await run(process.execPath, ['--expose-gc', PROGRAM, String(CALLBACKS)], { timeout: 120_000 });
  const bytes = Number(stdout);
  console.log(atMost(`memory per remembered callback, of ${CALLBACKS.toLocaleString('en')}`, bytes, GOAL, ' bytes'));
  return 0;
};
