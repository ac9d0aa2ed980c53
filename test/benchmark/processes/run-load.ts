import { fileURLToPath } from 'node:url';
import { AskedProcess } from '../../harness/asked-process.js';
import { type LoadAnswers, type LoadResult, type LoadSetup } from '../load/load-setup.js';

const LOAD = fileURLToPath(new URL('../load/load-process.js', import.meta.url));
/** In ms: long enough to send a great number of requests. */
const TIMEOUT = 3_600_000;

/**
 * Sends requests from a process of its own.
 *
 * @param onWarm called after the warm-up, with its number of right answers; the clock starts when it has finished
 */
export async function runLoad(
  setup: LoadSetup,
  onWarm: (right: number) => Promise<void> = () => Promise.resolve(),
): Promise<LoadResult> {
  const load = AskedProcess.start<LoadAnswers>(LOAD, setup);
  try {
    if (setup.requests === undefined) await onWarm(await load.ask('warmUp', TIMEOUT));
    return await load.ask('result', TIMEOUT);
  } finally {
    await load.stop();
  }
}
