import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { PostgresServer } from '../support/postgres-server.js';
import { run } from '../support/run.js';
import { until } from '../support/until.js';

const ROOT = process.cwd();

/** Stands for an application that answers wrongly to everything. */
const BROKEN = 'data:text/javascript,globalThis.fetch = async () => new Response(null, { status: 500 })';

/** Stands for a machine on which no program can be found. */
const WITHOUT_PROGRAMS =
  'data:text/javascript,import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module"; ' +
  'fs.existsSync = () => false; syncBuiltinESMExports();';

const LAST_LINES: [sample: string, lastLine: string][] = [
  ['01-quick-start', 'All 18 requests ended as they must.'],
  ['02-many-projects', 'All ended as it must.'],
  ['03-durable', 'All ended as it must.'],
];

// The samples mostly wait, so they run side by side.
describe('the sample, built and run by `nest start`,', () => {
  it.concurrent.each(LAST_LINES)(
    '%s says at its end that all ended as it must',
    async (name, lastLine) => {
      const { code, output } = await run('npx', ['nest', 'start', name], ROOT);

      expect(output.trim().split('\n').at(-1)).toBe(lastLine);
      expect(output).not.toContain('✗');
      expect(code).toBe(0);
    },
    120_000,
  );

  it.concurrent(
    '05-exactly-once says so, and leaves nothing behind in the Postgres of POSTGRES_URL',
    async () => {
      const server = await PostgresServer.start();
      try {
        const before = await databasesOf(server);
        const env = { ...process.env, POSTGRES_URL: server.url };
        const { code, output } = await run('npx', ['nest', 'start', '05-exactly-once'], ROOT, env);

        expect(output.trim().split('\n').at(-1)).toBe('All ended as it must.');
        expect(code).toBe(0);
        expect(await databasesOf(server)).toEqual(before);
      } finally {
        await server.remove();
      }
    },
    120_000,
  );
});

// What `nest start` built.
describe('the sample, if a request ends wrongly,', () => {
  it.concurrent.each([...LAST_LINES.map(([sample]) => sample), '05-exactly-once'])(
    '%s says so, and ends with the exit code 1',
    async (name) => {
      const { code, output } = await run(process.execPath, ['--import', BROKEN, `sample/${name}/dist/main.js`], ROOT);

      expect(output).toContain('ended wrongly');
      expect(code).toBe(1);
    },
    120_000,
  );
});

describe('the sample 01-quick-start', () => {
  it('says the cause of every refusal, and nothing between its rows', async () => {
    const { output } = await run(process.execPath, ['sample/01-quick-start/dist/main.js'], ROOT);
    const rows = output.split('\n').filter((line) => line.startsWith('✓'));

    expect(rows).toHaveLength(18);
    for (const row of rows) expect(row).toMatch(/^✓ \d{3} .{34} \S/);
    expect(output).not.toContain('VideoCallbacks');
  }, 60_000);

  it('goes on with --serve, until it is ended, and prints a command that sends it a callback', async () => {
    const sample = spawn(process.execPath, ['sample/01-quick-start/dist/main.js', '--serve'], {
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
  it('says in one line what to install where there is no Postgres', async () => {
    const command = ['--import', WITHOUT_PROGRAMS, 'sample/05-exactly-once/dist/main.js'];
    const env = { ...process.env, POSTGRES_URL: undefined };
    const { code, output } = await run(process.execPath, command, ROOT, env);

    expect(output.trim()).toBe(
      'postgres is missing: install it (Debian: apt-get install postgresql), or set POSTGRES_URL.',
    );
    expect(code).toBe(1);
  }, 60_000);

  it('says in one line why it cannot use the Postgres of POSTGRES_URL', async () => {
    const env = { ...process.env, POSTGRES_URL: 'postgres://127.0.0.1:1/missing' };
    const { code, output } = await run(process.execPath, ['sample/05-exactly-once/dist/main.js'], ROOT, env);

    expect(output.trim()).toBe(
      'No database can be made in the Postgres of POSTGRES_URL: connect ECONNREFUSED 127.0.0.1:1',
    );
    expect(code).toBe(1);
  }, 60_000);

  it('ends its server and its processes, also those that are paused, if it is ended early', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sample-ended-early-'));
    chmodSync(folder, 0o755);
    const sample = spawn(process.execPath, ['sample/05-exactly-once/dist/main.js'], {
      env: { ...process.env, POSTGRES_URL: undefined, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(sample, 'close');
    await once(sample.stdout, 'data');
    await wait(3000);
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
  it('is built by `nest build`, serves its page, sends what it was told to, and ends well when it is told to', async () => {
    expect(await run('npx', ['nest', 'build', '04-live-monitor'], ROOT)).toMatchObject({ code: 0 });

    const monitor = spawn(process.execPath, ['sample/04-live-monitor/dist/main.js'], {
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

    const command = [`PORT=${port}`, process.execPath, 'sample/04-live-monitor/dist/main.js'];
    const { code, output } = await run('env', command, ROOT);
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
