import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

const changedAt = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

/** Installs a folder's locked packages, unless they are installed already. Says whether they are there. */
export function installPackages(folder) {
  const installed = changedAt(join(folder, 'node_modules/.package-lock.json'));
  if (installed > changedAt(join(folder, 'package-lock.json'))) return true;

  console.log(`Installing the packages of ${folder} …`);
  const options = { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' };
  return spawnSync('npm', ['ci', '--prefer-offline', '--no-progress'], options).status === 0;
}
