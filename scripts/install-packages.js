import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const changedAt = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

/** Installs a folder's locked packages, unless they are installed already. Says whether they are there. */
export function installPackages(folder) {
  const installed = changedAt(join(folder, 'node_modules/.package-lock.json'));
  if (installed > changedAt(join(folder, 'package-lock.json'))) return true;

  console.log(`Installing the packages of ${folder} …`);
  const options = { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' };
  return spawnSync('npm', ['ci', '--prefer-offline', '--no-progress'], options).status === 0;
}

// Run as a command it lets `npm start` work in a fresh clone, or after a pull, with no command before it.
if (realpathSync(process.argv[1]) === import.meta.filename) {
  process.exitCode = installPackages(dirname(import.meta.dirname)) ? 0 : 1;
}
