import { parseArgs } from 'node:util';
import { type Platform, PLATFORMS } from '../harness/target.js';
import { PART_NAMES, type PartName } from './parts/part.js';
import { ON_DEMAND, ROW_NAMES, ROWS, type Row } from './throughput/rows.js';

/** What the command line asks for. */
export interface BenchmarkArguments {
  /** Instead of the table. */
  readonly part?: PartName;
  readonly rows: readonly Row[];
  readonly rounds: number;
  /** How long a row has its turn, in s. */
  readonly seconds: number;
  readonly connections: number;
  /** Whether the applications write down where their time goes. */
  readonly profile: boolean;
  /** How many callbacks `endurance` sends. */
  readonly callbacks: number;
  /** The folders of the two builds that `compare` asks. */
  readonly builds: readonly string[];
  /** How many batches each of them gets. */
  readonly batches: number;
  readonly platforms: readonly Platform[];
}

/** @throws {TypeError} if something is asked for that there is not */
export function readArguments(args: readonly string[]): BenchmarkArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '4' },
      seconds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '64' },
      batches: { type: 'string', default: '300' },
      callbacks: { type: 'string', default: '2000000' },
      platform: { type: 'string' },
      profile: { type: 'boolean', default: false },
    },
  });
  const part = PART_NAMES.find((name) => positionals.includes(name));
  const builds = part === 'compare' ? positionals.filter((name) => name !== part) : [];
  const unknown = positionals.filter((name) => ![part, ...builds, ...ROW_NAMES].includes(name));
  if (unknown.length > 0 || (values.platform !== undefined && !PLATFORMS.some((name) => name === values.platform))) {
    throw new TypeError(
      `There are the rows ${ROW_NAMES.join(', ')}, or one of the parts ${PART_NAMES.join(', ')}; and --rounds, ` +
        `--seconds, --connections, --platform (${PLATFORMS.join(', ')}), --profile, --callbacks, --batches.`,
    );
  }
  const isAskedFor = ({ name, platform }: Row): boolean =>
    (positionals.length === 0 ? !ON_DEMAND.includes(name) : positionals.includes(name)) &&
    platform === (values.platform ?? platform);
  return {
    ...(part === undefined ? {} : { part }),
    rows: ROWS.filter(isAskedFor),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    connections: positive('connections', values.connections),
    callbacks: positive('callbacks', values.callbacks),
    profile: values.profile,
    builds,
    batches: positive('batches', values.batches),
    platforms: PLATFORMS.filter((name) => name === (values.platform ?? name)),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new TypeError(`--${name} is ${text}: it must be a number above 0.`);
  return value;
}
