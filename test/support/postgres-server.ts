import { type ChildProcess, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCluster, createDatabase, type PostgresCluster, untilPostgresAnswers } from '../../scripts/postgres.js';
import { freePort } from './redis-server.js';

/** Postgres' own defaults, for what is measured. */
export const USUAL_SETTINGS = ['fsync=on', 'shared_buffers=128MB', 'autovacuum=on'];

/** A Postgres of a test's own, on a free port and in a folder of its own, which can be stopped and started again. */
export class PostgresServer {
  private process: ChildProcess | undefined;
  private isPaused = false;

  private constructor(
    readonly port: number,
    private readonly cluster: PostgresCluster,
  ) {}

  /** @param settings as `name=value`, in place of those that make tests fast */
  static async start(...settings: readonly string[]): Promise<PostgresServer> {
    const server = new PostgresServer(await freePort(), createCluster('postgres-of-a-test-'));
    await server.restart(...settings);
    return server;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  get isRunning(): boolean {
    return this.process !== undefined;
  }

  /** Starts it, again if it was stopped. */
  async restart(...settings: readonly string[]): Promise<void> {
    const address = ['listen_addresses=127.0.0.1', `port=${this.port}`];
    const fast = ['shared_buffers=16MB', 'max_connections=60', 'autovacuum=off', 'restart_after_crash=on'];
    this.process = this.cluster.start(...address, ...fast, ...settings);
    await untilPostgresAnswers(this.url);
  }

  /** Starts it as a standby, which only reads until it is promoted. */
  async becomeStandby(): Promise<void> {
    writeFileSync(join(this.cluster.folder, 'standby.signal'), '');
    await this.restart();
  }

  /** Lets it hang, with all of its processes: it takes connections, but answers nothing. */
  pause(): void {
    this.signal('SIGSTOP');
    this.isPaused = true;
  }

  resume(): void {
    if (this.isPaused) this.signal('SIGCONT');
    this.isPaused = false;
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
    this.cluster.remove();
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
  return given === undefined ? PostgresServer.start() : createDatabase(given, 'video_callbacks_');
}
