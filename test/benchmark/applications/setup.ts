import { type Platform } from '../../harness/target.js';

/** The applications that are measured; the last one is made for the part `endurance`. */
export type ApplicationName =
  | 'sample'
  | 'bare'
  | 'hand'
  | 'full'
  | 'ledger-redis'
  | 'ledger-postgres'
  | 'inbox-bullmq'
  | 'inbox-pg-boss'
  | 'silent'
  | 'endurance';

/** How an application is set up; it travels on the command line. */
export interface ApplicationSetup {
  readonly application: ApplicationName;
  /** The sample is for Express only. */
  readonly platform: Platform;
  /** Where Redis is, for those that need it. */
  readonly redisPort?: number;
  /** Where Postgres is, for those that need it. */
  readonly postgresUrl?: string;
  /** The file for its CPU profile, if it is to take one. */
  readonly profile?: string;
}

/** What an application has done since it began. */
export interface Work {
  /** How often its handler was called. */
  readonly handled: number;
  /** Time of processors, in µs, all threads together. */
  readonly processorTime: number;
}

/** What an application can be asked. */
export interface ApplicationAnswers {
  readonly port: number;
  readonly work: Work;
  /** Bytes in use after garbage collection, for which the process needs `--expose-gc`. */
  readonly memory: number;
}
