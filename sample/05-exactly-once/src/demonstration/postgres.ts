import { once } from 'node:events';
import {
  createCluster,
  createDatabase,
  PostgresMissingError,
  untilPostgresAnswers,
} from '../../../../scripts/postgres.js';

/** A database of the sample's own. */
export interface FoundDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

/**
 * A database in the Postgres of POSTGRES_URL, otherwise in a server of the sample's own, in a temporary folder.
 *
 * @throws {PostgresMissingError} if there is neither, or the one of POSTGRES_URL cannot be used
 */
export async function findDatabase(): Promise<FoundDatabase> {
  const given = process.env['POSTGRES_URL'];
  if (given !== undefined) {
    return createDatabase(given, 'sample_05_exactly_once_').catch((error: unknown) => {
      const { message = '', code } = error as { message?: string; code?: string };
      const why = message === '' ? code : message;
      throw new PostgresMissingError(`No database can be made in the Postgres of POSTGRES_URL: ${why}`);
    });
  }
  const cluster = createCluster('sample-05-exactly-once-');
  const server = cluster.start('listen_addresses=');
  const ended = once(server, 'exit');
  // Also if the demonstration ends early.
  process.once('exit', () => {
    server.kill('SIGKILL');
    cluster.remove();
  });
  const url = `postgres://postgres@localhost:5432/postgres?host=${encodeURIComponent(cluster.folder)}`;
  await untilPostgresAnswers(url);
  return {
    url,
    async remove() {
      server.kill('SIGQUIT');
      await ended;
    },
  };
}
