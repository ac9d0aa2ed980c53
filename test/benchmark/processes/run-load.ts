import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type LoadReady, type LoadResult, type LoadSetup } from '../load/load-setup.js';

const LOAD = fileURLToPath(new URL('../load/load-process.js', import.meta.url));

/**
 * Sends requests from a process of its own.
 *
 * @param onWarm called after the warm-up, with its number of right answers; the clock starts when it has finished
 */
export async function runLoad(
  setup: LoadSetup,
  onWarm: (right: number) => Promise<void> = () => Promise.resolve(),
): Promise<LoadResult> {
  const child = fork(LOAD, [JSON.stringify(setup)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const nextMessage = async (): Promise<LoadReady | LoadResult> => {
    const [message] = (await Promise.race([
      once(child, 'message'),
      ended.then(() => {
        throw new Error('a load process ended without a result');
      }),
    ])) as [LoadReady | LoadResult];
    return message;
  };
  let message = await nextMessage();
  if ('warm' in message) {
    await onWarm(message.warm);
    child.send('start');
    message = await nextMessage();
  }
  if ('warm' in message) throw new Error('a load process warmed up twice');
  await ended;
  return message;
}
