import { parseArgs } from 'node:util';
import { PLATFORMS, type Platform } from '../harness/target.js';

/** What the command line asks for. */
export interface LoadArguments {
  /** How long traffic is sent to each platform. */
  readonly minutes: number;
  readonly platforms: readonly Platform[];
  /** What is chosen at random is chosen by this; what happens when is still up to the machine. */
  readonly seed: number;
}

/** @throws {TypeError} if something is asked for that there is not */
export function readArguments(args: readonly string[]): LoadArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      platform: { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  });
  const minutes = Number(values.minutes);
  const seed = Number(values.seed);
  const platforms = PLATFORMS.filter((platform) => platform === (values.platform ?? platform));
  if (!(minutes > 0) || !Number.isInteger(seed) || platforms.length === 0) {
    throw new TypeError(`There are --minutes (above 0), --platform (${PLATFORMS.join(', ')}) and --seed (an integer).`);
  }
  return { minutes, platforms, seed };
}
