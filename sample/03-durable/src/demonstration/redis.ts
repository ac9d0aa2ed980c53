import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface FoundRedis {
  readonly url: string;
  stop(): Promise<void>;
}

export class RedisMissingError extends Error {
  override readonly name = 'RedisMissingError';
}

/**
 * The Redis at REDIS_URL, otherwise one of the sample's own, with its data in a folder.
 *
 * @throws {RedisMissingError} if there is neither
 */
export async function findRedis(folder: string): Promise<FoundRedis> {
  const url = process.env['REDIS_URL'];
  if (url !== undefined) return { url, stop: () => Promise.resolve() };
  if (spawnSync('redis-server', ['--version']).error !== undefined) {
    throw new RedisMissingError('redis-server is missing: install it (Debian: apt-get install redis-server).');
  }
  const port = await freePort();
  // An append-only file, so that confirmed data survives a restart of Redis.
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always'];
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...durable];
  const server = spawn('redis-server', settings, { stdio: 'ignore' });
  const ended = once(server, 'exit');
  // Also if the demonstration ends early.
  process.once('exit', () => server.kill('SIGKILL'));
  await untilItListens(port);
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      server.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function untilItListens(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await wait(50);
    } finally {
      socket.destroy();
    }
  }
  throw new Error('redis-server did not start within 5 s.');
}
