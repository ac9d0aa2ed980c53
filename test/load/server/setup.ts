import { type Platform } from '../../harness/target.js';

/** How the server is set up; it travels on the command line. */
export interface ServerSetup {
  readonly platform: Platform;
  readonly seed: number;
  readonly redisPort: number;
  /** Every handling is written down here; what the process remembered would be taken for a leak. */
  readonly journal: string;
  /** So is every fault of ours that is answered with a 5xx. */
  readonly causes: string;
  /** And every callback of which the ledger does not know. */
  readonly misses: string;
}

/** The name of an archive whose first handling fails. */
export const FAILS_FIRST = 'fails at first';

/** How long a handler takes at the most, in ms. */
export const LONGEST_HANDLING = 50;

/** Options of the library, short so that they are met often; in s, bytes. */
export const LIMITS = {
  bodyTimeout: 2,
  bodyLimit: 65_536,
  storageTimeout: 0.5,
  duplicateTimeout: 3,
  secretTtl: 2,
  secretTimeout: 1,
} as const;

/** Projects, each with a secret of its own. */
export const SECRETS: Readonly<Record<string, string>> = Object.fromEntries(
  ['10000001', '10000002', '10000003', '10000004', '10000005', '8d2e7a54-6f0b-4c59-9b3e-0c1f2a3b4c5d'].map(
    (project, index) => [project, `signature-secret-no-${index}-of-32-bytes`],
  ),
);

/** What the server can be asked. */
export interface ServerAnswers {
  readonly port: number;
  readonly sample: Sample;
  /** Answered once the ledger's client reaches Redis. */
  readonly redis: unknown;
  /** From now on no secret is missing. */
  readonly calm: unknown;
  /** Writes down what it has kept back. */
  readonly flush: unknown;
  readonly close: unknown;
}

/** What the server tells of itself after garbage collection. */
export interface Sample {
  readonly heapUsed: number;
  readonly rss: number;
  /** Connections of clients. */
  readonly connections: number;
  /** What keeps the event loop alive, by type. */
  readonly resources: Readonly<Record<string, number>>;
  /** Unhandled rejections, uncaught exceptions and warnings of Node so far. */
  readonly faults: readonly string[];
  /** Outcomes that the observer saw. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Why the server answered 5xx. */
export interface Cause {
  readonly status: 500 | 503;
  readonly why: string;
  /** In ms since the epoch. */
  readonly at: number;
}

/** A callback that the ledger did not answer for. */
export interface Miss {
  /** Of the archive, which is that of the token as well. */
  readonly id: string;
  readonly error: string;
  /** In ms since the epoch. */
  readonly at: number;
}
