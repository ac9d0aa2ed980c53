import { UsageError } from '../exit-code.js';
import { type SendOptions } from './sending.js';

/** What `send` can do, by the option that asks for it; `event` is what it does otherwise. */
type SendMode = 'event' | 'file' | 'scenario' | 'forge';

/** The options that mean something in some modes only. */
const OPTIONS: Readonly<Record<SendMode, readonly (keyof SendOptions)[]>> = {
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
export function sendMode(options: SendOptions): SendMode {
  const mode = (['forge', 'scenario', 'file'] as const).find((name) => options[name] !== undefined) ?? 'event';
  const stray = Object.values(OPTIONS)
    .flat()
    .find((name) => options[name] !== undefined && !OPTIONS[mode].includes(name));
  if (stray !== undefined) {
    const what = mode === 'event' ? `without --${modeOf(stray)}` : `with --${mode}`;
    throw new UsageError(`--${stray} has no meaning ${what}`);
  }
  if (options.file === '-' && options.secretStdin) {
    throw new UsageError('standard input cannot be both the body (--file -) and the secret (--secret-stdin)');
  }
  return mode;
}

function modeOf(option: keyof SendOptions): string {
  return Object.entries(OPTIONS).find(([, options]) => options.includes(option))?.[0] ?? option;
}
