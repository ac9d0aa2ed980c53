import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Platform } from '../../harness/target.js';
import { PostgresServer, USUAL_SETTINGS } from '../../support/postgres-server.js';
import { RedisServer } from '../../support/redis-server.js';
import { type ApplicationName, type ApplicationSetup } from '../applications/setup.js';
import { ApplicationProcess } from './application-process.js';

/** Redis' own default: the durability of one second. */
const REDIS_SETTINGS = ['--appendfsync', 'everysec'];

/** How the applications of a run are started. */
export interface ApplicationsOptions {
  /** Options of Node for every process. */
  readonly nodeOptions?: readonly string[];
  /** The folder for CPU profiles, if they are to be taken. */
  readonly profiles?: string;
}

/** The applications of a run, each in a process of its own, with the Redis or Postgres that some of them need. */
export class Applications {
  private readonly folder = mkdtempSync(join(tmpdir(), 'benchmark-'));
  private readonly running = new Map<string, ApplicationProcess>();
  private redis: RedisServer | undefined;
  private postgres: PostgresServer | undefined;

  constructor(private readonly options: ApplicationsOptions = {}) {}

  /** The application on a platform; started, if it does not run yet. */
  async get(application: ApplicationName, platform: Platform): Promise<ApplicationProcess> {
    const name = `${application} ${platform}`;
    const running = this.running.get(name);
    if (running !== undefined) return running;
    const needsRedis = application === 'ledger-redis' || application === 'inbox-bullmq';
    const needsPostgres = application === 'ledger-postgres' || application === 'inbox-pg-boss';
    const { nodeOptions, profiles } = this.options;
    const setup: ApplicationSetup = {
      application,
      platform,
      ...(needsRedis ? { redisPort: await this.redisPort() } : {}),
      ...(needsPostgres ? { postgresUrl: await this.postgresUrl() } : {}),
      ...(profiles === undefined ? {} : { profile: join(profiles, `${application}-${platform}.cpuprofile`) }),
    };
    const started = await ApplicationProcess.start(setup, this.folder, nodeOptions);
    this.running.set(name, started);
    return started;
  }

  /** Ends all processes and removes what they wrote. */
  async stop(): Promise<void> {
    await Promise.all([...this.running.values()].map((application) => application.stop()));
    await this.redis?.remove();
    await this.postgres?.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async redisPort(): Promise<number> {
    this.redis ??= await RedisServer.start(...REDIS_SETTINGS);
    return this.redis.port;
  }

  private async postgresUrl(): Promise<string> {
    this.postgres ??= await PostgresServer.start(...USUAL_SETTINGS);
    return this.postgres.url;
  }
}
