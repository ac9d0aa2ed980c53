/** How an application of an experiment is set up; it travels on the command line. */
export interface ApplicationSetup {
  readonly store: 'ledger' | 'inbox';
  readonly redisPort: number;
  /** The journal, in which every handling is written down. */
  readonly journal: string;
  readonly unavailable?: 'handle' | 'reject';
  /** `false`: it only accepts. */
  readonly worker?: boolean;
}

/** What an application tells its parent once it listens. */
export interface ListeningMessage {
  readonly port: number;
}

export const API_KEY = '12345678';
export const SECRET = 'a-signature-secret-of-32-bytes!!';

/** The name of an archive whose callback ends the process that handles it. */
export const POISON = 'poison';

/** How long a handler takes, in ms. */
export const SHORTEST_HANDLING = 20;
export const LONGEST_HANDLING = 50;
