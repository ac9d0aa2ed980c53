import { setTimeout as wait } from 'node:timers/promises';
import { type RedisServer } from '../../support/redis-server.js';
import { type Random } from '../../support/random.js';
import { type Outage } from './outage.js';

/** How long Redis is well between two faults, in ms. */
const WELL = [6000, 14_000] as const;
const KILLED = [500, 3000] as const;
const PAUSED = [300, 4000] as const;

/** Kills and pauses Redis in turns until it is stopped; at the end it works. */
export async function troubleRedis(
  redis: RedisServer,
  untilAnswers: () => Promise<unknown>,
  random: Random,
  end: AbortSignal,
): Promise<readonly Outage[]> {
  const outages: Outage[] = [];
  const faults = [kill, pause];
  for (let turn = 0; ; turn += 1) {
    await wait(random.between(...WELL), undefined, { signal: end }).catch(() => undefined);
    if (end.aborted) return outages;
    const fault = faults[turn % faults.length] ?? kill;
    const from = Date.now();
    const name = await fault(redis, random);
    await untilAnswers();
    outages.push({ fault: name, from, to: Date.now() });
  }
}

async function kill(redis: RedisServer, random: Random): Promise<'killed'> {
  await redis.stop('SIGKILL');
  await wait(random.between(...KILLED));
  await redis.restart();
  return 'killed';
}

async function pause(redis: RedisServer, random: Random): Promise<'paused'> {
  redis.pause();
  await wait(random.between(...PAUSED));
  redis.resume();
  return 'paused';
}
