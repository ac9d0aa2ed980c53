export type Platform = 'express' | 'fastify';

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

/** What an application tells its parent. */
export type ApplicationMessage =
  | { readonly port: number }
  | Work
  /** Bytes in use after garbage collection. */
  | { readonly memory: number };

/** What its parent may ask an application. */
export type ApplicationQuestion = 'work' | 'memory';

/** Where every application takes archive callbacks. */
export const PATH = '/video/archives';
