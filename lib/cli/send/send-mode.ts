import { type GivenArguments } from '../given-arguments.js';
import { UsageError } from '../usage-error.js';
import { ENDPOINT_OPTIONS } from './endpoint.js';
import { PROJECT_OPTIONS } from './project-identity.js';

/** What `send` can do, by the option that asks for it; `event` is what it does otherwise. */
type SendMode = 'event' | 'file' | 'scenario' | 'forge';

const EVERY_MODE = ['json', 'secret-stdin', 'kind', ...Object.keys(ENDPOINT_OPTIONS), ...Object.keys(PROJECT_OPTIONS)];

/** The options that mean something in each mode, besides {@link EVERY_MODE}. */
const OPTIONS: Readonly<Record<SendMode, readonly string[]>> = {
  event: ['event', 'set', 'count'],
  file: ['file', 'count'],
  scenario: ['scenario', 'speed'],
  forge: ['forge', 'event', 'strict'],
};

/**
 * What the options ask for.
 *
 * @throws {UsageError} if they contradict each other
 */
export function sendMode(given: GivenArguments): SendMode {
  const mode = (['forge', 'scenario', 'file'] as const).find((name) => given.has(name)) ?? 'event';
  const stray = given.names.find((name) => !EVERY_MODE.includes(name) && !OPTIONS[mode].includes(name));
  if (stray !== undefined) {
    const what = mode === 'event' ? `without --${modeOf(stray)}` : `with --${mode}`;
    throw new UsageError(`--${stray} has no meaning ${what}`);
  }
  if (given.text('file') === '-' && given.has('secret-stdin')) {
    throw new UsageError('standard input cannot be both the body (--file -) and the secret (--secret-stdin)');
  }
  return mode;
}

function modeOf(option: string): string {
  return Object.entries(OPTIONS).find(([, options]) => options.includes(option))?.[0] ?? option;
}
