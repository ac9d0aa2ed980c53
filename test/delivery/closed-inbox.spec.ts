import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RedisServer } from '../support/redis-server.js';

// Each test starts processes, which takes its time where others use the processor too.
jest.setTimeout(60_000);

const APPLICATION = fileURLToPath(new URL('closing-application.js', import.meta.url));

/** In ms: the socket of a Redis that hangs is given up after 4 s, a worker's last poll by BullMQ after 6 s. */
const LONGEST_END = 30_000;

let server: RedisServer;
let application: ChildProcess;

beforeEach(async () => {
  server = await RedisServer.start();
});
afterEach(async () => {
  application.kill('SIGKILL');
  await server.remove();
});

async function startApplication(worker: boolean): Promise<() => Promise<unknown>> {
  application = fork(APPLICATION, [JSON.stringify({ port: server.port, worker })], { silent: true });
  let errors = '';
  application.stderr?.on('data', (text: Buffer) => (errors += text.toString()));
  const end = once(application, 'close');
  await Promise.race([once(application, 'message'), end]);
  return async () => {
    if (application.connected) application.send('close');
    const killer = setTimeout(() => application.kill('SIGKILL'), LONGEST_END);
    const [code, signal] = (await end) as unknown[];
    clearTimeout(killer);
    return { code, signal, errors };
  };
}

const QUIETLY = { code: 0, signal: null, errors: '' };

describe.each([
  ['with a worker', true],
  ['without a worker', false],
])('a process whose application has an inbox %s and is closed', (_, worker) => {
  it('ends by itself', async () => {
    const close = await startApplication(worker);

    expect(await close()).toEqual(QUIETLY);
  });

  it('ends by itself while Redis is away', async () => {
    const close = await startApplication(worker);
    await server.stop('SIGKILL');

    expect(await close()).toEqual(QUIETLY);
  });

  it('ends by itself while Redis hangs', async () => {
    const close = await startApplication(worker);
    server.pause();

    expect(await close()).toEqual(QUIETLY);
  });
});
