/** What a traffic process is to do; it travels on the command line. */
export interface TrafficSetup {
  readonly role: TrafficRole;
  readonly port: number;
  readonly seed: number;
  /** Every exchange is written down here. */
  readonly exchanges: string;
}

/** What is sent by a process of its own: the one that measures must not wait for the one that floods. */
export type TrafficRole = 'genuine' | 'hostile';

/** What came of a request. */
export interface Reply {
  /** 0 without an answer. */
  readonly status: number;
  /** How the answer was lost, if the client waited for all of it in vain. */
  readonly loss?: Loss;
}

/** What is known of a connection over which an answer did not come, or not whole. */
export interface Loss {
  /** Its code, or its message. */
  readonly error: string;
  /** Whether there were requests before on the same connection, and for how many ms none since. */
  readonly isReused: boolean;
  readonly idle: number;
  /** How much of the answer came. */
  readonly bytes: number;
}

/** One request and what came of it. */
export interface Exchange extends Reply {
  /** What was sent: 'genuine', 'copy', 'stalled body' … */
  readonly sort: string;
  /** The id of the archive. */
  readonly id: string;
  /** Whether a callback with this id was, or will be, sent as Vonage sends it, so that it must be handled. */
  readonly isGenuine: boolean;
  /** Whether this request may be answered 2xx. */
  readonly isAcceptable: boolean;
  /** Whether its handler was told to throw once. */
  readonly failsFirst: boolean;
  /** In ms since the epoch. */
  readonly sentAt: number;
  readonly endedAt: number;
}
