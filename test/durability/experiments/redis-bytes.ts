import { Redis } from 'ioredis';
import { type ApplicationSetup } from '../processes/setup.js';
import { newCallback } from '../support/sender.js';
import { withRedis } from '../support/surroundings.js';
import { type Experiment, type Finding, measured } from './experiment.js';

const CALLBACKS = 500;

/** What a callback costs in Redis. */
export const redisBytes: Experiment = async () => [
  ...(await keysOf('ledger, handled', { store: 'redis-ledger' })),
  ...(await keysOf('inbox, waiting', { store: 'bull-inbox', worker: false })),
  ...(await keysOf('inbox, handled', { store: 'bull-inbox' })),
];

function keysOf(title: string, setup: Pick<ApplicationSetup, 'store' | 'worker'>): Promise<readonly Finding[]> {
  return withRedis(1, setup, async ({ redis, journal, sender }) => {
    const client = new Redis(redis.port, '127.0.0.1');
    try {
      // What is there once: the scripts, the queue, the connections.
      await sender.deliver(newCallback());
      const before = await usedMemory(client);
      await Promise.all(Array.from({ length: CALLBACKS }, () => sender.deliver(newCallback())));
      if (setup.worker !== false) await journal.untilHandled(sender.accepted, 30);
      const each = Math.round(((await usedMemory(client)) - before) / CALLBACKS);
      return [measured(`${title}: bytes of Redis per callback`, each), ...(await keys(client))];
    } finally {
      client.disconnect();
    }
  });
}

async function usedMemory(client: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
}

/** One key of each sort that names a callback. */
async function keys(client: Redis): Promise<readonly Finding[]> {
  const sorts = new Map<string, string>();
  for (const key of await client.keys('*archive-*')) sorts.set(key.replace(/archive-.*/, 'archive-…'), key);
  const findings: Finding[] = [];
  // BullMQ keeps the latest 10,000 or so, however many callbacks come.
  const [events] = await client.keys('*:events');
  if (events !== undefined) sorts.set('the stream of events, which BullMQ bounds', events);
  for (const [sort, key] of sorts) findings.push(measured(`  ${sort}`, (await client.memory('USAGE', key)) ?? 0));
  return findings;
}
