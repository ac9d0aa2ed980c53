import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisServer } from '../../support/redis-server.js';
import { type ApplicationName, type Platform } from '../applications/setup.js';
import { ApplicationProcess } from './application-process.js';

/** Redis' own default: the durability of one second. */
const REDIS_SETTINGS = ['--appendfsync', 'everysec'];

/** The applications of a run, each in a process of its own, with the Redis that some of them need. */
export class Applications {
  private readonly folder = mkdtempSync(join(tmpdir(), 'benchmark-'));
  private readonly running = new Map<string, ApplicationProcess>();
  private redis: RedisServer | undefined;

  /** @param nodeOptions options of Node for every process */
  constructor(private readonly nodeOptions: readonly string[] = []) {}

  /** The application on a platform; started, if it does not run yet. */
  async get(application: ApplicationName, platform: Platform): Promise<ApplicationProcess> {
    const name = `${application} ${platform}`;
    const running = this.running.get(name);
    if (running !== undefined) return running;
    const needsRedis = application === 'ledger' || application === 'inbox';
    const redis = needsRedis ? { redisPort: await this.redisPort() } : {};
    const started = await ApplicationProcess.start({ application, platform, ...redis }, this.folder, this.nodeOptions);
    this.running.set(name, started);
    return started;
  }

  /** Ends all processes and removes what they wrote. */
  async stop(): Promise<void> {
    await Promise.all([...this.running.values()].map((application) => application.stop()));
    await this.redis?.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async redisPort(): Promise<number> {
    this.redis ??= await RedisServer.start(...REDIS_SETTINGS);
    return this.redis.port;
  }
}
