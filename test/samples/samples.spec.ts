import { describe, expect, it, jest } from '@jest/globals';
import { type Options, transformFile } from '@swc/core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { report } from '../../sample/05-exactly-once/src/demonstration/report.js';
import { PostgresServer } from '../support/postgres-server.js';
import { run } from '../support/run.js';
import { until } from '../support/until.js';

const ROOT = process.cwd();
const NEST = 'node_modules/@nestjs/cli/bin/nest.js';

/** Stands for an application that answers wrongly to everything. */
const BROKEN = 'data:text/javascript,globalThis.fetch = async () => new Response(null, { status: 500 })';

/** Stands for a machine on which no program can be found. */
const WITHOUT_PROGRAMS =
  'data:text/javascript,import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module"; ' +
  'fs.existsSync = () => false; syncBuiltinESMExports();';

const SAMPLES = readdirSync('sample');
const main = (sample: string) => `sample/${sample}/dist/main.js`;
const runBuilt = (sample: string, env: NodeJS.ProcessEnv = {}, ...options: readonly string[]) =>
  run(process.execPath, [...options, main(sample)], ROOT, { ...process.env, ...env });

const COMPILE: Options = {
  swcrc: false,
  module: { type: 'es6' },
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
};

// `nest start` builds the first sample. The types of all of them are checked by `npm run test:types`.
for (const sample of SAMPLES.slice(1)) await compile(sample);

async function compile(sample: string): Promise<void> {
  rmSync(`sample/${sample}/dist`, { recursive: true, force: true });
  for (const name of readdirSync(`sample/${sample}/src`, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const { code } = await transformFile(`sample/${sample}/src/${name}`, COMPILE);
    const path = `sample/${sample}/dist/${name.replace(/\.ts$/, '.js')}`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code);
  }
}

it('nest-cli.json builds each sample', () => {
  const { projects } = JSON.parse(readFileSync('nest-cli.json', 'utf8')) as {
    projects: Record<string, { sourceRoot: string; entryFile: string; compilerOptions: { tsConfigPath: string } }>;
  };

  expect(Object.keys(projects)).toEqual(SAMPLES);
  for (const [sample, { sourceRoot, entryFile, compilerOptions }] of Object.entries(projects)) {
    expect([sourceRoot, entryFile]).toEqual([`sample/${sample}/src`, 'main']);
    expect(compilerOptions.tsConfigPath).toBe(`sample/${sample}/tsconfig.json`);
    expect(existsSync(compilerOptions.tsConfigPath)).toBe(true);
  }
});

// The samples mostly wait, so they run side by side.
describe('a sample that ends', () => {
  it.concurrent(
    '01-quick-start, built by `nest start`, explains each refusal and prints nothing between its rows',
    async () => {
      const { code, output } = await run(process.execPath, [NEST, 'start', '01-quick-start'], ROOT);
      const rows = output.split('\n').filter((line) => line.startsWith('✓'));

      expect(output.trim().split('\n').at(-1)).toBe('All 18 requests ended as they must.');
      expect(code).toBe(0);
      expect(rows).toHaveLength(18);
      for (const row of rows) expect(row).toMatch(/^✓ \d{3} .{34} \S/);
      expect(output).not.toMatch(/✗|VideoCallbacks/);
    },
    120_000,
  );

  it.concurrent.each(['02-many-projects', '03-durable'])(
    '%s reports success',
    async (sample) => {
      const { code, output } = await runBuilt(sample);

      expect(output.trim().split('\n').at(-1)).toBe('All ended as it must.');
      expect(output).not.toContain('✗');
      expect(code).toBe(0);
    },
    120_000,
  );

  it.concurrent(
    '05-exactly-once books each archive once, and leaves nothing behind in the Postgres of POSTGRES_URL',
    async () => {
      const server = await PostgresServer.start();
      try {
        const before = await databasesOf(server);
        const env = { POSTGRES_URL: server.url, EXACTLY_ONCE_ARCHIVES: '20' };
        const { code, output } = await runBuilt('05-exactly-once', env);
        const row = (title: string) => new RegExp(`^${title} +(\\d+) +(\\d+)$`, 'm').exec(output)?.slice(1).map(Number);

        expect(row('all copies answered 204')).toEqual([20, 20]);
        expect(row('booked once')?.[0]).toBe(20);
        expect(row('not booked')).toEqual([0, 0]);
        // Each of the three processes has at least one.
        const faults = /^kill -9: (\d+), pauses of more than the lease: (\d+)$/m.exec(output)?.slice(1).map(Number);
        expect(faults?.reduce((all, count) => all + count)).toBeGreaterThanOrEqual(3);
        // So few archives may all be booked once without completeWithin, too: then the sample has shown nothing.
        const [, twice = 0] = row('booked more than once') ?? [];
        expect(output.trim().split('\n').at(-1)).toBe(twice > 0 ? 'All ended as it must.' : 'It ended wrongly.');
        expect(code).toBe(twice > 0 ? 0 : 1);
        expect(await databasesOf(server)).toEqual(before);
      } finally {
        await server.remove();
      }
    },
    120_000,
  );
});

describe('a sample of which a request ends wrongly', () => {
  it.concurrent.each(['02-many-projects', '03-durable'])(
    '%s says so, and ends with the exit code 1',
    async (sample) => {
      const { code, output } = await runBuilt(sample, {}, '--import', BROKEN);

      expect(output).toContain('ended wrongly');
      expect(code).toBe(1);
    },
    120_000,
  );
});

// Once `nest start` has built it.
describe('the sample 01-quick-start', () => {
  it('says that a request ended wrongly, and ends with the exit code 1', async () => {
    const { code, output } = await runBuilt('01-quick-start', {}, '--import', BROKEN);

    expect(output).toContain('ended wrongly');
    expect(code).toBe(1);
  }, 60_000);

  it('goes on with --serve, until it is ended, and prints a command that sends it a callback', async () => {
    const sample = spawn(process.execPath, [main('01-quick-start'), '--serve'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(sample, 'close');
    let output = '';
    sample.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    while (!output.includes('End it with Ctrl-C.')) await once(sample.stdout, 'data');
    expect(output).toMatch(/^ {2}CAPTIONS_SIGNATURE_SECRET=\S{43}$/m);

    const [, command = ''] = /^ {2}(echo .*)$/m.exec(output) ?? [];
    const sent = await run('sh', ['-c', command], ROOT);
    expect(sent.output).toMatch(/^✓ 204 .* archive\/available /);
    expect(sent.code).toBe(0);
    while (!/archive callback .* was handled/.test(output)) await once(sample.stdout, 'data');

    sample.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
  }, 60_000);
});

describe('the sample 05-exactly-once', () => {
  it.each<[title: string, exactlyOnce: object, without: object, isRight: boolean]>([
    ['every archive is booked once, and without completeWithin one twice', {}, { once: 1, more: 1 }, true],
    ['an archive is not booked', { once: 1, never: 1 }, { once: 1, more: 1 }, false],
    ['a callback is not answered', { answered: 1 }, { once: 1, more: 1 }, false],
    ['no archive is booked twice without completeWithin', {}, {}, false],
  ])('reports success only if all is right: %s', (_, exactlyOnce, without, isRight) => {
    const log = jest.spyOn(console, 'log').mockReturnValue();
    const result = { account: 'a', archives: 2, answered: 2, once: 2, more: 0, never: 0, minutes: 4 };

    expect(
      report(
        [
          { ...result, ...exactlyOnce },
          { ...result, ...without },
        ],
        [],
      ),
    ).toBe(isRight);
    expect(log.mock.lastCall).toEqual([isRight ? 'All ended as it must.' : 'It ended wrongly.']);
    log.mockRestore();
  });

  it('says in one line what to install where there is no Postgres', async () => {
    const { code, output } = await runBuilt(
      '05-exactly-once',
      { POSTGRES_URL: undefined },
      '--import',
      WITHOUT_PROGRAMS,
    );

    expect(output.trim()).toBe(
      'PostgreSQL is missing: install it (Debian: apt-get install postgresql; macOS: brew install postgresql), or set POSTGRES_URL.',
    );
    expect(code).toBe(1);
  }, 60_000);

  it('says in one line why it cannot use the Postgres of POSTGRES_URL', async () => {
    const { code, output } = await runBuilt('05-exactly-once', { POSTGRES_URL: 'postgres://127.0.0.1:1/missing' });

    expect(output.trim()).toBe(
      'No database can be made in the Postgres of POSTGRES_URL: connect ECONNREFUSED 127.0.0.1:1',
    );
    expect(code).toBe(1);
  }, 60_000);

  it('ends its server and its processes, also those that are paused, if it is ended early', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sample-ended-early-'));
    chmodSync(folder, 0o755);
    const sample = spawn(process.execPath, [main('05-exactly-once')], {
      env: { ...process.env, POSTGRES_URL: undefined, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(sample, 'close');
    await once(sample.stdout, 'data');
    await wait(2000);
    const children = (await run('pgrep', ['-P', String(sample.pid)], ROOT)).output.trim().split('\n');
    // The server and the applications, of which one may just have been killed.
    expect(children.length).toBeGreaterThan(1);

    sample.kill('SIGTERM');
    expect(await closed).toEqual([1, null]);
    await until(() => children.every((pid) => !existsSync(`/proc/${pid}`)));
    expect(readdirSync(folder)).toEqual([]);
    rmdirSync(folder);
  }, 60_000);
});

describe('the sample 04-live-monitor', () => {
  it('serves its page, sends as many callbacks as MONITOR_CALLBACKS says, and ends on SIGTERM', async () => {
    const monitor = spawn(process.execPath, [main('04-live-monitor')], {
      env: { ...process.env, MONITOR_CALLBACKS: '60', PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    for await (const chunk of monitor.stdout.setEncoding('utf8')) {
      output += String(chunk);
      if (output.includes('60 requests were sent.')) break;
    }
    const [, address = ''] = /^Open (http:\/\/127\.0\.0\.1:\d+) /m.exec(output) ?? [];
    expect(await (await fetch(address)).text()).toContain('<h1>Live monitor</h1>');

    monitor.kill('SIGTERM');
    expect(await once(monitor, 'close')).toEqual([0, null]);
  }, 120_000);

  it('says in one line that its port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const { code, output } = await runBuilt('04-live-monitor', { PORT: String(port) });
    expect(output.trim()).toBe(`Port ${port} is taken: name another one in PORT.`);
    expect(code).toBe(1);
    server.close();
  }, 60_000);
});

async function databasesOf({ url }: PostgresServer): Promise<unknown> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query('SELECT datname FROM pg_database ORDER BY 1')).rows;
  } finally {
    await client.end();
  }
}
