import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { atMost, type Experiment, measured } from './experiment.js';

const PROGRAM = fileURLToPath(new URL('../processes/memory-ledger.js', import.meta.url));
const GOAL = 120;
const run = promisify(execFile);

/** What a remembered callback costs in memory. */
export const memory: Experiment = async () => [
  atMost('bytes per callback at 1,000,000', await bytes('as the library makes it', 1_000_000), GOAL),
  measured('  at 1,100,000, when the table has just grown', await bytes('as the library makes it', 1_100_000)),
  measured('  with the id put together by a template', await bytes('by a template', 1_000_000)),
  measured('  with the id put together by join', await bytes('by join', 1_000_000)),
  measured('  with the digest in base64url alone', await bytes('the digest in base64url', 1_000_000)),
  measured('  with the digest as 32 characters', await bytes('the digest as 32 characters', 1_000_000)),
];

async function bytes(id: string, count: number): Promise<number> {
  const args = ['--expose-gc', PROGRAM, id, String(count)];
  const { stdout } = await run(process.execPath, args, { timeout: 60_000 });
  return (JSON.parse(stdout) as { bytes: number }).bytes;
}
