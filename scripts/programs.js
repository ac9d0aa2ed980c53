import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

const DEBIAN_POSTGRES = '/usr/lib/postgresql';
const CHROMIUM_NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The programs that tests start. */
const PROGRAMS = {
  redis: {
    find: () => (runs('redis-server') ? 'redis-server' : undefined),
    debian: 'redis-server',
    hint: 'redis-server is missing: install it (Debian: apt-get install redis-server; macOS: brew install redis).',
  },
  postgres: {
    find: findPostgres,
    debian: 'postgresql',
    hint: 'PostgreSQL is missing: install it (Debian: apt-get install postgresql; macOS: brew install postgresql).',
  },
  chromium: {
    find: findChromium,
    debian: 'chromium',
    hint: 'Chromium is missing: install it (Debian: apt-get install chromium), or set CHROMIUM_PATH.',
  },
};

/** Those of the named programs that are not installed. */
export function missingPrograms(...names) {
  return names.map((name) => PROGRAMS[name]).filter(({ find }) => find() === undefined);
}

/** Whether the named programs are installed. Prints one line for each that is not. */
export function areInstalled(...names) {
  const missing = missingPrograms(...names);
  for (const { hint } of missing) console.error(hint);
  return missing.length === 0;
}

/** The folder of `postgres` and `initdb`, on the PATH or where Debian has its newest; `undefined` if there is none. */
export function findPostgres() {
  const onPath = pathOf('postgres');
  const versions = existsSync(DEBIAN_POSTGRES) ? readdirSync(DEBIAN_POSTGRES).sort((one, other) => other - one) : [];
  const folders = [
    ...(onPath ? [dirname(realpathSync(onPath))] : []),
    ...versions.map((version) => join(DEBIAN_POSTGRES, version, 'bin')),
  ];
  return folders.find((folder) => ['postgres', 'initdb'].every((program) => existsSync(join(folder, program))));
}

/** The path of the Chromium that CHROMIUM_PATH names, or of an installed one; `undefined` if there is none. */
export function findChromium() {
  const name = [process.env.CHROMIUM_PATH, ...CHROMIUM_NAMES].find((name) => name && runs(name));
  return name === undefined || name.startsWith('/') ? name : pathOf(name) || name;
}

function runs(command) {
  return !spawnSync(command, ['--version'], { stdio: 'ignore' }).error;
}

function pathOf(command) {
  return spawnSync('which', [command], { encoding: 'utf8' }).stdout?.trim();
}
