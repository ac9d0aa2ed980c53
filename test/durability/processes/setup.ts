/** How an application of an experiment is set up; it travels on the command line. */
export interface ApplicationSetup {
  readonly store: 'redis-ledger' | 'postgres-ledger' | 'bull-inbox' | 'pg-boss-inbox';
  /** Where Redis is, for those that need it. */
  readonly redisPort?: number;
  /** Where Postgres is, for those that need it. */
  readonly postgresUrl?: string;
  /** The journal, in which every handling is written down. */
  readonly journal: string;
  readonly unavailable?: 'handle' | 'reject';
  /** `false`: it only accepts. */
  readonly worker?: boolean;
  /** How the handler books archives into the account table of Postgres. Default: it books nothing. */
  readonly booking?: BookingSetup;
}

/** A handler with a transaction of its own. */
export interface BookingSetup {
  /** Whether the callback is marked as handled within that transaction. */
  readonly completesWithin: boolean;
  /** How long the claim of a process that died or is paused holds, in s. */
  readonly lease: number;
  /** Chooses the pauses within the transaction, with the number of the callback, which is the name of its archive. */
  readonly seed: number;
}

/** What an application can be asked. */
export interface ApplicationAnswers {
  readonly port: number;
}

/** The name of an archive whose callback ends the process that handles it. */
export const POISON = 'poison';

/** How long a handler takes, in ms. */
export const SHORTEST_HANDLING = 20;
export const LONGEST_HANDLING = 50;

/** The longest pause between two steps of a handler that books, in ms. */
export const LONGEST_STEP = 500;
