import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type LoadResult, type LoadSetup } from '../load/load-setup.js';

const LOAD = fileURLToPath(new URL('../load/load-process.js', import.meta.url));

/** Sends requests from a process of its own. */
export async function runLoad(setup: LoadSetup): Promise<LoadResult> {
  const child = fork(LOAD, [JSON.stringify(setup)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const [result] = (await Promise.race([
    once(child, 'message'),
    ended.then(() => {
      throw new Error('a load process ended without a result');
    }),
  ])) as [LoadResult];
  await ended;
  return result;
}
