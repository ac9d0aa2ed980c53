import { writeFileSync } from 'node:fs';
import { type Server } from 'node:http';
import { Session } from 'node:inspector/promises';

/**
 * Begins to write down where the process spends its time. Not `--cpu-prof`, which would count the start of the
 * application as well, a third of a short run.
 *
 * @returns ends it and writes the profile to the file, with the number of requests to the server
 */
export async function startProfiler(file: string, server: Server): Promise<() => Promise<void>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 500 });
  let requests = 0;
  server.on('request', () => (requests += 1));
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    writeFileSync(file, JSON.stringify({ ...profile, requests }));
  };
}
