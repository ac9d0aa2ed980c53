import { type ChildProcess } from 'node:child_process';

/** There is no Postgres that can be used. Its message says what to install, or what is wrong. */
export class PostgresMissingError extends Error {}

/** An empty database cluster in a folder of its own. The superuser is `postgres`, without a password. */
export interface PostgresCluster {
  readonly folder: string;
  /** Starts a server, which also listens on a socket in the folder; a setting is `name=value`. */
  start(...settings: readonly string[]): ChildProcess;
  /** Removes the folder, once no server runs. */
  remove(): void;
}

/**
 * Makes a cluster in a new folder, whose name has the prefix.
 *
 * @throws {PostgresMissingError} if no Postgres is installed
 */
export function createCluster(prefix: string): PostgresCluster;

/** Waits for a server that was started. */
export function untilPostgresAnswers(url: string): Promise<void>;

/** Makes a database in the server of a URL, whose name has the prefix. */
export function createDatabase(
  serverUrl: string,
  prefix: string,
): Promise<{ readonly url: string; remove(): Promise<void> }>;
