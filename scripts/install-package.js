import { spawnSync } from 'node:child_process';

const succeeds = (command, ...args) =>
  spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;

/**
 * Installs a package of Debian that the tests need, where that is possible. Says whether what it brings is there, and
 * otherwise, in one line, what to install.
 */
export function installPackage(name, isThere, hint) {
  if (isThere()) return true;
  if (process.getuid?.() === 0 && !spawnSync('apt-get', ['--version']).error) {
    console.log(`Installing ${name} …`);
    const isInstalled = succeeds('apt-get', 'update', '-qq') && succeeds('apt-get', 'install', '-y', '-qq', name);
    if (isInstalled) return isThere();
  }
  console.error(hint);
  return false;
}
