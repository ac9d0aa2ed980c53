import { parseArgs } from 'node:util';
import { type CommandOptions } from './command.js';
import { GivenArguments } from './given-arguments.js';
import { printable } from './printable.js';
import { UsageError } from './usage-error.js';

/**
 * Reads what stands after the command's name.
 *
 * @throws {UsageError} that names the option and what is wrong with it
 */
export function readArguments(argv: readonly string[], options: CommandOptions): GivenArguments {
  refuseSecrets(argv);
  // Not strict: Node's messages are long and repeat what stood on the command line.
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: {
      ...Object.fromEntries(
        Object.entries(options).map(([name, { value }]) => [
          name,
          { type: value === undefined ? ('boolean' as const) : ('string' as const) },
        ]),
      ),
      help: { type: 'boolean', short: 'h' },
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, readonly string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw new UsageError(`there is no option ${printable(token.rawName, 40)}`);
    const given = values.get(token.name) ?? [];
    if (given.length > 0 && !option.repeatable) throw new UsageError(`--${token.name} is given more than once`);
    values.set(token.name, [...given, optionValue(token, option.value)]);
  }
  return new GivenArguments(positionals, values);
}

interface OptionToken {
  readonly name: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function optionValue({ name, value, inlineValue }: OptionToken, placeholder: string | undefined): string {
  if (placeholder === undefined) {
    if (value !== undefined) throw new UsageError(`--${name} takes no value`);
    return '';
  }
  // "--kind --event available": the value was forgotten.
  if (value === undefined || (!inlineValue && value.startsWith('--'))) {
    throw new UsageError(`--${name} needs a value: --${name} <${placeholder}>`);
  }
  return value;
}

/** A secret on the command line has leaked already: it is refused, so that it does not become a habit. */
function refuseSecrets(argv: readonly string[]): void {
  const option = argv.find((argument) => /^--[a-z-]*secrets?(=|$)/i.test(argument));
  if (option === undefined) return;
  throw new UsageError(
    `${printable(option.replace(/=[^]*/, ''), 40)} is refused: every user of this machine can read command lines, and ` +
      'the shell keeps them. Use an environment variable such as VIDEO_SIGNATURE_SECRET, or --secret-stdin',
  );
}
