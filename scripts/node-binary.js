import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** The npm package of Node for this platform. */
const PACKAGE = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/** The path of a Node of a given version, which npm installs once; `undefined` if it cannot be installed. */
export function nodeBinary(version) {
  const folder = join(ROOT, 'node_modules/.cache/node', version);
  const binary = join(folder, 'node_modules', PACKAGE, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(binary)) {
    console.log(`Fetching Node ${version} …`);
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `${PACKAGE}@${version}`];
    spawnSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
  }
  if (existsSync(binary)) return binary;
  console.error(`Node ${version} cannot be installed on this machine: the registry has no ${PACKAGE}@${version}.`);
  return undefined;
}
