import { spawnSync } from 'node:child_process';

const succeeds = (command, ...args) =>
  spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
const hasRedis = () => !spawnSync('redis-server', ['--version']).error;

/** Installs redis-server, which tests start servers of their own with, where that is possible. Says whether it is there. */
export function installRedis() {
  if (hasRedis()) return true;
  if (process.getuid?.() === 0 && !spawnSync('apt-get', ['--version']).error) {
    console.log('Installing redis-server …');
    if (succeeds('apt-get', 'update', '-qq') && succeeds('apt-get', 'install', '-y', '-qq', 'redis-server')) {
      // Debian starts one with the package; the tests start their own.
      return hasRedis();
    }
  }
  console.error(
    'The tests need redis-server: install it (Debian: apt-get install redis-server; macOS: brew install redis).',
  );
  return false;
}
