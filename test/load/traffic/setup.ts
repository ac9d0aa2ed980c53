import { type Reply } from '../../harness/poster.js';

/** What a traffic process is to do; it travels on the command line. */
export interface TrafficSetup {
  readonly role: TrafficRole;
  readonly port: number;
  readonly seed: number;
  /** Every exchange is written down here. */
  readonly exchanges: string;
}

/** What a traffic process can be asked. */
export interface TrafficAnswers {
  /** Answered once all traffic has ended. */
  readonly end: unknown;
}

/** What is sent by a process of its own: the one that measures must not wait for the one that floods. */
export type TrafficRole = 'genuine' | 'hostile';

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
  /** Whether its handler throws once. */
  readonly failsFirst: boolean;
  /** In ms since the epoch. */
  readonly sentAt: number;
  readonly endedAt: number;
}
