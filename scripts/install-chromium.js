import { spawnSync } from 'node:child_process';

const succeeds = (command, ...args) =>
  spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const answers = (command) => !spawnSync(command, ['--version'], { stdio: 'ignore' }).error;
const pathOf = (name) =>
  name.startsWith('/') ? name : spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim() || name;

/** Where this machine's Chromium is: the one that CHROMIUM_PATH names, or one of the usual; `undefined` without one. */
export function findChromium() {
  const name = [process.env.CHROMIUM_PATH, ...NAMES].find((name) => name && answers(name));
  return name === undefined ? undefined : pathOf(name);
}

/** Installs Chromium, in which tests look at the live monitor, where that is possible. Says whether it is there. */
export function installChromium() {
  if (findChromium() !== undefined) return true;
  if (process.getuid?.() === 0 && !spawnSync('apt-get', ['--version']).error) {
    console.log('Installing chromium …');
    if (succeeds('apt-get', 'update', '-qq') && succeeds('apt-get', 'install', '-y', '-qq', 'chromium')) {
      return findChromium() !== undefined;
    }
  }
  console.error(
    'The tests need Chromium: install it (Debian: apt-get install chromium), or name one in CHROMIUM_PATH.',
  );
  return false;
}
