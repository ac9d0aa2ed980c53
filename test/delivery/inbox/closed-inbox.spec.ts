import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PostgresServer } from '../../support/postgres-server.js';
import { RedisServer } from '../../support/redis-server.js';

// Each test starts a process, which takes its time where others use the processor too.
jest.setTimeout(60_000);

const APPLICATIONS = fileURLToPath(new URL('closing-application.js', import.meta.url));

/** In ms, start included: the socket of a Redis that hangs is given up after 4 s, a worker's last poll by BullMQ after 6 s. */
const LONGEST_LIFE = 45_000;

let redis: RedisServer;
let postgres: PostgresServer;
let application: ChildProcess;

beforeAll(async () => {
  redis = await RedisServer.start();
  postgres = await PostgresServer.start();
});
afterEach(() => {
  application.kill('SIGKILL');
});
afterAll(() => Promise.all([redis.remove(), postgres.remove()]));

/** Starts two applications for each store, with and without a worker, lets something happen, closes them and tells how their process ended. */
async function endOf(stores: readonly ('Redis' | 'Postgres')[], interfere: () => unknown): Promise<unknown> {
  const connections = { Redis: { port: redis.port }, Postgres: postgres.url };
  const setup = stores.map((store) => ({ store, connection: connections[store] }));
  application = fork(APPLICATIONS, [JSON.stringify(setup)], { silent: true });
  const killer = setTimeout(() => application.kill('SIGKILL'), LONGEST_LIFE);
  let errors = '';
  application.stderr?.on('data', (text: Buffer) => (errors += text.toString()));
  const end = once(application, 'close');
  await Promise.race([once(application, 'message'), end]);
  await interfere();
  if (application.connected) application.send('close');
  const [code, signal] = (await end) as unknown[];
  clearTimeout(killer);
  return { code, signal, errors };
}

const QUIETLY = { code: 0, signal: null, errors: '' };

describe('a process whose applications have inboxes, with and without a worker, and are closed', () => {
  it('exits', async () => {
    expect(await endOf(['Redis', 'Postgres'], () => undefined)).toEqual(QUIETLY);
  });

  // A connection of pg to a server that hangs keeps a process alive.
  it('exits while Redis hangs', async () => {
    const interfere = (): void => {
      redis.pause();
    };
    expect(await endOf(['Redis'], interfere)).toEqual(QUIETLY);
    redis.resume();
  });

  it('exits while the stores are down', async () => {
    const interfere = () => Promise.all([redis.stop('SIGKILL'), postgres.stop('SIGKILL')]);
    expect(await endOf(['Redis', 'Postgres'], interfere)).toEqual(QUIETLY);
  });
});
