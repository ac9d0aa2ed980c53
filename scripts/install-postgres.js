import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installPackage } from './install-package.js';

const DEBIAN = '/usr/lib/postgresql';

/** The folder of `postgres` and `initdb`, on the PATH or where Debian has its newest; `undefined` without one. */
export function findPostgres() {
  const onPath = spawnSync('which', ['postgres'], { encoding: 'utf8' }).stdout?.trim();
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((one, other) => other - one) : [];
  const folders = [
    ...(onPath ? [dirname(realpathSync(onPath))] : []),
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
  ];
  return folders.find((folder) => ['postgres', 'initdb'].every((program) => existsSync(join(folder, program))));
}

/** Installs Postgres, which tests start servers of their own with, where that is possible. Says whether it is there. */
export function installPostgres() {
  return installPackage(
    'postgresql',
    () => findPostgres() !== undefined,
    'The tests need Postgres: install it (Debian: apt-get install postgresql; macOS: brew install postgresql).',
  );
}
