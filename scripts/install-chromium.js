import { spawnSync } from 'node:child_process';
import { installPackage } from './install-package.js';

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
  return installPackage(
    'chromium',
    () => findChromium() !== undefined,
    'The tests need Chromium: install it (Debian: apt-get install chromium), or name one in CHROMIUM_PATH.',
  );
}
