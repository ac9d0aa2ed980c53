import { describe, expect, it, jest } from '@jest/globals';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PostgresServer } from '../../support/postgres-server.js';
import { RedisServer } from '../../support/redis-server.js';

// Each test starts processes, which takes its time where others use the processor too.
jest.setTimeout(60_000);

const APPLICATION = fileURLToPath(new URL('closing-application.js', import.meta.url));

/** In ms, start included: the socket of a Redis that hangs is given up after 4 s, a worker's last poll by BullMQ after 6 s. */
const LONGEST_LIFE = 45_000;

type Server = RedisServer | PostgresServer;

/** Starts an application, lets something happen to its store, closes it and tells how its process ended. */
async function endOf(
  worker: boolean,
  store: string,
  interfere: (server: Server) => unknown = () => undefined,
): Promise<unknown> {
  const server = store === 'Redis' ? await RedisServer.start() : await PostgresServer.start();
  const connection = server instanceof PostgresServer ? server.url : { port: server.port };
  const application = fork(APPLICATION, [JSON.stringify({ store, connection, worker })], { silent: true });
  const killer = setTimeout(() => application.kill('SIGKILL'), LONGEST_LIFE);
  try {
    let errors = '';
    application.stderr?.on('data', (text: Buffer) => (errors += text.toString()));
    const end = once(application, 'close');
    await Promise.race([once(application, 'message'), end]);
    await interfere(server);
    if (application.connected) application.send('close');
    const [code, signal] = (await end) as unknown[];
    return { code, signal, errors };
  } finally {
    clearTimeout(killer);
    application.kill('SIGKILL');
    await server.remove();
  }
}

const QUIETLY = { code: 0, signal: null, errors: '' };

// The processes mostly wait, so they run side by side.
describe.each([
  ['with a worker', true],
  ['without a worker', false],
])('a process whose application has an inbox %s and is closed', (_, worker) => {
  describe.each(['Redis', 'Postgres'])('in %s', (store) => {
    it.concurrent('exits', async () => {
      expect(await endOf(worker, store)).toEqual(QUIETLY);
    });

    it.concurrent('exits while the store is down', async () => {
      expect(await endOf(worker, store, (server) => server.stop('SIGKILL'))).toEqual(QUIETLY);
    });
  });

  // A connection of pg to a server that hangs keeps a process alive.
  it.concurrent('exits while Redis hangs', async () => {
    expect(
      await endOf(worker, 'Redis', (server) => {
        server.pause();
      }),
    ).toEqual(QUIETLY);
  });
});
