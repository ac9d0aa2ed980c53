import { type Command, type CommandExample, type CommandOptions } from './command.js';
import { GENERAL_SECRET_VARIABLE, SECRET_VARIABLES } from './secret-variables.js';

const WIDTH = 100;

const SECRETS = [
  'Signature secrets come from environment variables, one secret per line:',
  ...Object.values(SECRET_VARIABLES).map((variable) => `  ${variable}`),
  `  ${GENERAL_SECRET_VARIABLE} (every kind that has no variable of its own)`,
  'or, with --secret-stdin, from standard input for all kinds. They are never taken from the command line.',
];

const EXIT_CODES = [
  '  0  all right',
  '  1  a delivery failed, a check failed, a hostile request was not refused, or sending was interrupted',
  '  2  wrong use: an unknown kind, event or option, an unusable secret, a file that cannot be read or is too',
  '     large, an address that cannot be reached, an endpoint that refuses genuine callbacks under --forge',
];

/** The help of the whole command. */
export function overallHelp(commands: readonly Command[], version: string): string {
  return page([
    [`video-callbacks ${version}: the secure callbacks of the Vonage Video API, sent, verified and received.`],
    section('Usage', ['  video-callbacks <command> [options]']),
    section('Commands', columns(commands.map(({ name, summary }) => [name, summary]))),
    section(
      'Options',
      columns([
        ['--help', 'print this help, or that of a command'],
        ['--version', 'print the version'],
      ]),
    ),
    section(
      'Secrets',
      SECRETS.map((line) => `  ${line}`),
    ),
    section('Exit codes', EXIT_CODES),
    section('Examples', examples(commands.flatMap((command) => command.examples.slice(0, 2)))),
  ]);
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  return page([
    [`video-callbacks ${command.name}: ${command.summary}`],
    section(
      'Usage',
      command.usage.map((line) => `  video-callbacks ${command.name} ${line}`),
    ),
    section('Options', optionLines(command.options)),
    ...command.notes.map((note) => wrapped(note, WIDTH)),
    section(
      'Secrets',
      SECRETS.map((line) => `  ${line}`),
    ),
    section('Exit codes', EXIT_CODES),
    section('Examples', examples(command.examples)),
  ]);
}

function optionLines(options: CommandOptions): readonly string[] {
  return columns(
    Object.entries(options).map(([name, { value, about, repeatable }]) => [
      `--${name}${value === undefined ? '' : ` <${value}>`}`,
      about + (repeatable ? ' (repeatable)' : ''),
    ]),
  );
}

function examples(list: readonly CommandExample[]): readonly string[] {
  return list.flatMap(({ about, line }) => [`  # ${about}`, `  ${line}`]);
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return [`${title}:`, ...lines];
}

function page(sections: readonly (readonly string[])[]): string {
  return sections.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.flatMap(([name, about]) =>
    wrapped(about, WIDTH - width - 4).map((line, index) => `  ${(index === 0 ? name : '').padEnd(width)}  ${line}`),
  );
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
