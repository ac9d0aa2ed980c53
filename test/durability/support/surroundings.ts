import { PostgresServer } from '../../support/postgres-server.js';
import { RedisServer } from '../../support/redis-server.js';
import { type ApplicationSetup } from '../processes/setup.js';
import { Fleet } from './fleet.js';
import { Journal } from '../../harness/journal.js';
import { Sender } from './sender.js';

/** What an experiment needs around it, besides a server. */
export interface Surroundings {
  readonly fleet: Fleet;
  readonly journal: Journal;
  readonly sender: Sender;
}

type Use<Server, Result> = (surroundings: Surroundings & Server) => Promise<Result>;
type Setup = Omit<ApplicationSetup, 'journal'>;

/** Runs an experiment with a Redis, a journal and some processes of its own, and removes them. */
export function withRedis<Result>(processes: number, setup: Setup, use: Use<{ redis: RedisServer }, Result>) {
  return withServer(RedisServer.start(), (redis) =>
    withFleet(processes, { ...setup, redisPort: redis.port }, (surroundings) => use({ ...surroundings, redis })),
  );
}

/** The same with a Postgres. */
export function withPostgres<Result>(processes: number, setup: Setup, use: Use<{ postgres: PostgresServer }, Result>) {
  return withServer(PostgresServer.start(), (postgres) =>
    withFleet(processes, { ...setup, postgresUrl: postgres.url }, (surroundings) => use({ ...surroundings, postgres })),
  );
}

/** Uses a server, and removes it. */
export async function withServer<Server extends { remove(): Promise<void> }, Result>(
  start: Promise<Server>,
  use: (server: Server) => Promise<Result>,
): Promise<Result> {
  const server = await start;
  try {
    return await use(server);
  } finally {
    await server.remove();
  }
}

async function withFleet<Result>(
  processes: number,
  setup: Setup,
  use: (surroundings: Surroundings) => Promise<Result>,
): Promise<Result> {
  const journal = new Journal();
  try {
    const fleet = await Fleet.start(processes, { ...setup, journal: journal.path });
    const sender = new Sender(fleet);
    try {
      return await use({ fleet, journal, sender });
    } finally {
      sender.close();
      await fleet.stop();
    }
  } finally {
    journal.remove();
  }
}
