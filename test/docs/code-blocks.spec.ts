import { describe, expect, it } from '@jest/globals';
import { type Command } from 'commander';
import { format } from 'prettier';
import { listenCommand } from '../../lib/cli/listen/listen.command.js';
import { withCommonOptions } from '../../lib/cli/options.js';
import { sendCommand } from '../../lib/cli/send/send.command.js';
import { type RunningCommand } from '../../lib/cli/surroundings.js';
import { verifyCommand } from '../../lib/cli/verify/verify.command.js';
import { postgresLedgerSchema } from '../../lib/postgres/index.js';
import { REJECTION_REASONS } from '../../lib/verification/callback-rejection.js';
import { partOf } from './block-file.js';
import { faultsOf } from './compile-blocks.js';
import { blocksOf, type CodeBlock, PAGES, read } from './pages.js';

/** Why the blocks of a language are not checked here. */
const NOT_CHECKED: Readonly<Record<string, string>> = {
  text: 'what a command prints, or a drawing',
  mermaid: 'a diagram',
};

const BLOCKS = PAGES.flatMap(blocksOf);
const inLanguage = (...languages: string[]): CodeBlock[] =>
  BLOCKS.filter(({ language }) => languages.includes(language));

/** What upgrading.md shows of an earlier version, which the current one need not compile. */
const isEarlier = ({ code }: CodeBlock): boolean => code.startsWith('// before\n');
const place = ({ page, line }: CodeBlock): string => `${page}:${line}`;

describe('The code blocks of the pages', () => {
  it('are in languages that are checked, apart from those with a reason', () => {
    const known = ['ts', 'js', 'sh', 'json', 'yaml', 'sql', 'nginx', ...Object.keys(NOT_CHECKED)];
    expect(BLOCKS.filter(({ language }) => !known.includes(language)).map(place)).toEqual([]);
  });
});

describe('The TypeScript and JavaScript blocks', () => {
  const page = 'README.md';
  const WRONG: CodeBlock[] = [
    { page, line: 1, language: 'ts', code: 'VideoCallbacksModule.forRoot({ projects: {}, clokTolerance: 30 });\n' },
    {
      page,
      line: 2,
      language: 'ts',
      code: 'VideoCallbacksModule.forRootAsync({\n  useFactory: () => ({\n    projects: {},\n    clokTolerance: 30,\n  }),\n});\n',
    },
    { page, line: 3, language: 'ts', code: 'projects: {},\nclokTolerance: 30,\n' },
    { page, line: 4, language: 'ts', code: "onArchive(@VideoCallback('archive') archive: SipCallback) {}\n" },
    { page, line: 5, language: 'ts', code: 'new RedisCallbackLedger(redis);\n' },
  ];
  // One program for all of them: most of its cost is the types of the packages that they use.
  const faults = faultsOf([...inLanguage('ts', 'js').filter((block) => !isEarlier(block)), ...WRONG]);
  const isWrong = (fault: { block: string }): boolean => WRONG.some((block) => place(block) === fault.block);

  it('compile in strict mode against the library', () => {
    expect(faults.filter((fault) => !isWrong(fault))).toEqual([]);
  });

  it('would not compile with an unknown option, the wrong class, or a class that the page does not say where to import from', () => {
    const messages = faults.filter(isWrong).map(({ block, message }) => `${block} ${message}`);

    expect(messages).toEqual([
      expect.stringMatching(/^README.md:1 .*'clokTolerance' does not exist/),
      expect.stringMatching(/^README.md:2 .*'clokTolerance' does not exist/),
      expect.stringMatching(/^README.md:3 .*'clokTolerance' does not exist/),
      expect.stringMatching(/^README.md:4 [^]*does not accept callbacks of the kind/),
      expect.stringMatching(/^README.md:5 Cannot find name 'RedisCallbackLedger'/),
    ]);
  });

  it('can be parsed where they show an earlier version', () => {
    const earlier = inLanguage('ts').filter(isEarlier);

    expect(earlier.length).toBeGreaterThan(0);
    expect(earlier.filter(({ code }) => partOf(code) === undefined).map(place)).toEqual([]);
  });
});

describe('The commands of the pages', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
  const lines = inLanguage('sh').flatMap((block) =>
    block.code
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ where: place(block), line: line.replace(/\s+#.*/, '') })),
  );

  it('begin with a known program', () => {
    const unknown = lines.filter(
      ({ line }) => !/^(?:sudo apt-get|brew|cp|export|node|npm|npx video-callbacks|video-callbacks) /.test(line),
    );
    // The lines of a file of environment variables.
    expect(unknown.filter(({ line }) => !/^[A-Z_]+=|^the old secret"$/.test(line))).toEqual([]);
  });

  it('of npm are scripts that exist, in the text too', () => {
    const texts = PAGES.map((page) => ({ page, text: read(page) }));
    const named = texts.flatMap(({ page, text }) =>
      [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script = '']) => ({ page, script })),
    );

    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
  });

  it('of video-callbacks are accepted by its parser', () => {
    const commands = lines.filter(({ line }) => /^(?:npx )?video-callbacks /.test(line));

    expect(commands.length).toBeGreaterThan(10);
    for (const { where, line } of commands)
      expect({ where, unknown: parseCommand(line) }).toEqual({ where, unknown: [] });
  });

  it('of video-callbacks would not be accepted with an unknown option or kind', () => {
    expect(parseCommand('video-callbacks send http://localhost:3000 --kinds archive')).toEqual(['--kinds', 'archive']);
    expect(() => parseCommand('video-callbacks listen --kind archives')).toThrow('there is no kind "archives"');
  });
});

describe('The output that pages show', () => {
  const output = inLanguage('text').map(({ code }) => code);

  it('has titles of hostile requests and faults as they are printed', () => {
    const titles = output.flatMap((code) =>
      [...code.matchAll(/^(?:✗ ACCEPTED {2}\d+| {2}[a-z_]+:) +(.*)$/gm)].map(([, title = '']) => title),
    );
    const source = read('lib/cli/send/hostile-requests.ts');

    expect(titles.length).toBeGreaterThan(1);
    expect(titles.filter((title) => !source.includes(`'${title}'`))).toEqual([]);
  });

  it('has reasons of refusals that exist', () => {
    const reasons = output.flatMap((code) =>
      [...code.matchAll(/^(?:.* refused )?([a-z]+_[a-z_]+): /gm)].map(([, reason = '']) => reason),
    );

    expect(reasons.length).toBeGreaterThan(2);
    expect(REJECTION_REASONS).toEqual(expect.arrayContaining(reasons));
  });
});

describe('The data blocks of the pages', () => {
  it.each(['yaml', 'json'])('parse: %s', async (language) => {
    for (const { code } of inLanguage(language)) {
      await expect(format(code, { parser: language })).resolves.toEqual(expect.any(String));
    }
  });

  it('name metrics that exist in expressions of Prometheus', () => {
    const sources = ['callback-metrics', 'inbox-gauges'].map((name) => read(`lib/opentelemetry/${name}.ts`)).join('\n');
    const metrics = [...sources.matchAll(/'(video_callbacks\.[a-z._]+)'/g)].map(([, name = '']) =>
      name.replaceAll('.', '_'),
    );
    const mentioned = inLanguage('yaml').flatMap(({ code }) => code.match(/\bvideo_callbacks_[a-z_]+/g) ?? []);

    expect(mentioned.length).toBeGreaterThan(3);
    expect(mentioned.filter((name) => !metrics.includes(name.replace(/_total$/, '')))).toEqual([]);
  });

  it('show the table of the Postgres ledger as it is created', () => {
    const [schema] = inLanguage('sql').filter(({ page }) => page === 'docs/postgres.md');

    expect(schema?.code.trim()).toBe(postgresLedgerSchema({ schema: 'video', table: 'handled_callbacks' }).trim());
  });

  it('set no other parameters of Postgres than those of sessions that are known', () => {
    const others = inLanguage('sql').filter(({ page }) => page !== 'docs/postgres.md');
    const parameters = others.flatMap(({ code }) =>
      code
        .trim()
        .split('\n')
        .map((line) => /^ALTER ROLE app SET (\w+) = [^;]+;/.exec(line)?.[1]),
    );

    expect(parameters).toEqual([
      'idle_in_transaction_session_timeout',
      'tcp_keepalives_idle',
      'tcp_keepalives_interval',
      'tcp_keepalives_count',
      'lock_timeout',
    ]);
  });

  it('have nginx send the headers that are read of it', () => {
    const headers = inLanguage('nginx').flatMap(({ code }) =>
      [...code.matchAll(/proxy_set_header ([\w-]+)/g)].map(([, header = '']) => header),
    );

    expect(headers).toEqual(['ssl-client-verify', 'ssl-client-cert']);
    for (const header of headers) expect(read('lib/verification/proxied-certificates.ts')).toContain(`'${header}'`);
  });
});

/** What the parser of a `video-callbacks` command does not know of a line. */
function parseCommand(line: string): readonly string[] {
  const [name, ...rest] = line.replace(/^(?:npx )?video-callbacks /, '').split(' ');
  const commands: readonly Command[] = [sendCommand, verifyCommand, listenCommand].map((create) =>
    withCommonOptions(create({} as RunningCommand)),
  );
  const command = commands.find((one) => one.name() === name);
  return command?.parseOptions(rest).unknown ?? [line];
}
