import { RedisServer } from '../../support/redis-server.js';
import { type ApplicationSetup } from '../processes/setup.js';
import { Fleet } from './fleet.js';
import { Journal } from './journal.js';
import { Sender } from './sender.js';

/** What an experiment needs around it. */
export interface Surroundings {
  readonly redis: RedisServer;
  readonly fleet: Fleet;
  readonly journal: Journal;
  readonly sender: Sender;
}

/** Runs an experiment with a Redis, a journal and some processes of its own, and clears them away. */
export async function withSurroundings<Result>(
  processes: number,
  setup: Omit<ApplicationSetup, 'redisPort' | 'journal'>,
  use: (surroundings: Surroundings) => Promise<Result>,
): Promise<Result> {
  const redis = await RedisServer.start();
  const journal = new Journal();
  try {
    const fleet = await Fleet.start(processes, { ...setup, redisPort: redis.port, journal: journal.path });
    const sender = new Sender(fleet);
    try {
      return await use({ redis, fleet, journal, sender });
    } finally {
      sender.close();
      await fleet.stop();
    }
  } finally {
    await redis.remove();
    journal.remove();
  }
}
