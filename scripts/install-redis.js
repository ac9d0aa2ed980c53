import { spawnSync } from 'node:child_process';
import { installPackage } from './install-package.js';

const hasRedis = () => !spawnSync('redis-server', ['--version']).error;

/** Installs redis-server, which tests start servers of their own with, where that is possible. Says whether it is there. */
export function installRedis() {
  return installPackage(
    'redis-server',
    hasRedis,
    'The tests need redis-server: install it (Debian: apt-get install redis-server; macOS: brew install redis).',
  );
}
