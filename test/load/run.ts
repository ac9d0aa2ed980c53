import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AskedProcess } from '../harness/asked-process.js';
import { type JournalEntry } from '../harness/journal.js';
import { readJsonLines } from '../harness/json-lines.js';
import { Poster } from '../harness/poster.js';
import { type Platform } from '../harness/target.js';
import { RedisServer } from '../support/redis-server.js';
import { type LoadArguments } from './arguments.js';
import { type Outage } from './faults/outage.js';
import { troubleRedis } from './faults/redis-faults.js';
import { type Evidence } from './judgement/evidence.js';
import { Random } from '../support/random.js';
import { type Cause, type Miss, type Sample, type ServerAnswers, type ServerSetup } from './server/setup.js';
import { CallbackSource } from './traffic/callback.js';
import { type Exchange, type TrafficAnswers, type TrafficRole, type TrafficSetup } from './traffic/setup.js';

const SERVER = fileURLToPath(new URL('server/application.js', import.meta.url));
const TRAFFIC = fileURLToPath(new URL('traffic/traffic.js', import.meta.url));
const ROLES: readonly TrafficRole[] = ['genuine', 'hostile'];

/** How often memory is looked at, in ms at least, and how many times in all. */
const SAMPLE_INTERVAL = 1500;
const SAMPLES = 60;
/** How long deliveries that are under way may take at the end, in ms. */
const LAST_DELIVERIES = 120_000;
/** How long connections may take to end when their clients are gone, in ms. */
const LAST_CONNECTIONS = 10_000;

/** Sends traffic to one platform for some minutes while Redis and the secrets come and go, and gathers what happened. */
export async function run(platform: Platform, { minutes, seed }: LoadArguments): Promise<Evidence> {
  const folder = mkdtempSync(join(tmpdir(), 'load-'));
  const file = (name: string): string => join(folder, name);
  const redis = await RedisServer.start();
  const setup: ServerSetup = {
    platform,
    seed,
    redisPort: redis.port,
    journal: file('handled'),
    causes: file('causes'),
    misses: file('misses'),
  };
  const server = AskedProcess.start<ServerAnswers>(SERVER, setup, { log: file('log'), nodeOptions: ['--expose-gc'] });
  const traffic: AskedProcess<TrafficAnswers>[] = [];
  try {
    const course = await takeCourse(server, redis, { minutes, seed }, (port) => {
      ROLES.forEach((role, index) => {
        const trafficSetup: TrafficSetup = { role, port, seed: seed + 10 + index, exchanges: file(role) };
        traffic.push(AskedProcess.start<TrafficAnswers>(TRAFFIC, trafficSetup));
      });
      return traffic;
    });
    const log = readFileSync(file('log'), 'utf8').split('\n');
    return {
      minutes,
      ...course,
      exchanges: [
        ...ROLES.flatMap((role) => readJsonLines<Exchange>(file(role))),
        ...(course.farewell ? [course.farewell] : []),
      ],
      journal: readJsonLines<JournalEntry>(file('handled')),
      causes: readJsonLines<Cause>(file('causes')),
      misses: readJsonLines<Miss>(file('misses')),
      log: { lines: log.length - 1, ownLines: log.filter((line) => line.includes('VideoCallbacks')).length },
    };
  } finally {
    await Promise.all([server, ...traffic].map((child) => child.kill()));
    await redis.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Course = Pick<Evidence, 'outages' | 'samples' | 'last' | 'farewell' | 'serverEnd'>;

/** From the first request to the last. A server that ends early is a result, too. */
async function takeCourse(
  server: AskedProcess<ServerAnswers>,
  redis: RedisServer,
  { minutes, seed }: Pick<LoadArguments, 'minutes' | 'seed'>,
  startTraffic: (port: number) => readonly AskedProcess<TrafficAnswers>[],
): Promise<Course> {
  const port = await server.ask('port');
  const samples: Sample[] = [];
  let outages: readonly Outage[] = [];
  const end = new AbortController();
  const troubles = troubleRedis(redis, () => server.ask('redis'), new Random(seed + 2), end.signal);
  // It is awaited below; until then nobody else hears of a failure.
  troubles.catch(() => undefined);
  try {
    const traffic = startTraffic(port);
    const until = Date.now() + minutes * 60_000;
    while (Date.now() < until) {
      await wait(Math.min(until - Date.now(), Math.max(SAMPLE_INTERVAL, (minutes * 60_000) / SAMPLES)));
      samples.push(await server.ask('sample'));
    }
    end.abort();
    outages = await troubles;
    await server.ask('calm');
    await Promise.all(traffic.map((child) => child.ask('end', LAST_DELIVERIES)));
    const last = await lastSample(server);
    const farewell = await sayFarewell(port, seed);
    await server.ask('flush');
    await server.ask('close');
    return { outages, samples, last, farewell, serverEnd: undefined };
  } catch (error) {
    end.abort();
    const serverEnd = `${server.end ?? 'runs'}; ${error instanceof Error ? error.message : String(error)}`;
    return { outages, samples, last: undefined, farewell: undefined, serverEnd };
  }
}

async function lastSample(server: AskedProcess<ServerAnswers>): Promise<Sample> {
  const until = Date.now() + LAST_CONNECTIONS;
  for (;;) {
    const sample = await server.ask('sample');
    if (sample.connections === 0 || Date.now() > until) return sample;
    await wait(250);
  }
}

/** A genuine callback when all is over. */
async function sayFarewell(port: number, seed: number): Promise<Exchange> {
  const source = new CallbackSource(new Random(seed + 3));
  let callback = source.genuine();
  while (callback.failsFirst) callback = source.genuine();
  const { id, failsFirst, request } = callback;
  const poster = new Poster(1);
  const sentAt = Date.now();
  const reply = await poster.send(port, request);
  poster.close();
  return {
    sort: 'at the end',
    id,
    isGenuine: true,
    isAcceptable: true,
    failsFirst,
    sentAt,
    endedAt: Date.now(),
    ...reply,
  };
}
