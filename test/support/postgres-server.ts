import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { findPostgres } from '../../scripts/install-postgres.js';
import { freePort } from './redis-server.js';
import { until } from './until.js';

/** Postgres' own defaults, for what is measured. */
export const USUAL_SETTINGS = ['fsync=on', 'shared_buffers=128MB', 'autovacuum=on'];

/** A Postgres of a test's own, on a free port and in a folder of its own, which can be stopped and started again. */
export class PostgresServer {
  private process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly programs: string,
    private readonly user: { readonly uid?: number; readonly gid?: number },
  ) {}

  /** @param settings as `name=value`, in place of those that make tests fast */
  static async start(...settings: readonly string[]): Promise<PostgresServer> {
    const programs = findPostgres();
    if (programs === undefined) {
      throw new Error('postgres is missing: install it (Debian: apt-get install postgresql).');
    }
    const user = unprivilegedUser();
    const folder = mkdtempSync(join(tmpdir(), 'postgres-of-a-test-'));
    chmodSync(folder, 0o700);
    if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
    const server = new PostgresServer(await freePort(), folder, programs, user);
    const options = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--no-locale', '--no-sync'];
    const { status, stderr } = spawnSync(join(programs, 'initdb'), [`--pgdata=${folder}`, ...options], {
      ...user,
      cwd: folder,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
    await server.restart(...settings);
    return server;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Starts it, again if it was stopped. */
  async restart(...settings: readonly string[]): Promise<void> {
    const basics = ['-D', this.folder, '-p', String(this.port), '-h', '127.0.0.1', '-k', this.folder];
    const fast = ['fsync=off', 'shared_buffers=16MB', 'max_connections=60', 'autovacuum=off', 'restart_after_crash=on'];
    this.process = spawn(
      join(this.programs, 'postgres'),
      [...basics, ...[...fast, ...settings].flatMap((setting) => ['-c', setting])],
      { ...this.user, cwd: this.folder, stdio: 'ignore' },
    );
    for (let tries = 0; tries < 400; tries += 1) {
      if (await answers(this.url)) return;
      await wait(25);
    }
    throw new Error('postgres did not start.');
  }

  /** Starts it as a standby, which only reads until it is promoted. */
  async becomeStandby(): Promise<void> {
    writeFileSync(join(this.folder, 'standby.signal'), '');
    await this.restart();
  }

  /** Lets it hang, with all of its processes: it takes connections, but answers nothing. */
  pause(): void {
    this.signal('SIGSTOP');
  }

  resume(): void {
    this.signal('SIGCONT');
  }

  /** Ends it, without waiting for clients unless another signal says so. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    const { process } = this;
    if (process?.exitCode !== null || process.signalCode !== null) return;
    const ended = new Promise((resolve) => process.once('exit', resolve));
    this.resume();
    if (signal === 'SIGKILL') this.signal(signal);
    else process.kill(signal);
    await ended;
    this.process = undefined;
  }

  async remove(): Promise<void> {
    await this.stop('SIGQUIT');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** To the server and the processes that serve its connections. */
  private signal(signal: NodeJS.Signals): void {
    const parent = this.process?.pid;
    if (parent === undefined) return;
    const { stdout } = spawnSync('pgrep', ['-P', String(parent)], { encoding: 'utf8' });
    for (const pid of [parent, ...stdout.split('\n').filter(Boolean).map(Number)]) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}

/** A database of a test's own: in the server of POSTGRES_URL, or in one that it starts. */
export interface TestDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const given = process.env['POSTGRES_URL'];
  if (given === undefined) return PostgresServer.start();
  const name = `video_callbacks_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(given);
  url.pathname = `/${name}`;
  await execute(given, `CREATE DATABASE ${name}`);
  // The server may not have noticed yet that the test's connections are closed.
  const isDropped = () =>
    execute(given, `DROP DATABASE ${name}`).then(
      () => true,
      () => false,
    );
  return { url: url.href, remove: () => until(isDropped) };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Postgres does not run as root: the user that its package made does. */
function unprivilegedUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((option) =>
    Number(spawnSync('id', [option, 'postgres'], { encoding: 'utf8' }).stdout),
  );
  return uid && gid ? { uid, gid } : { uid: 65_534, gid: 65_534 };
}

async function answers(url: string): Promise<boolean> {
  try {
    await execute(url, 'SELECT 1');
    return true;
  } catch {
    return false;
  }
}
