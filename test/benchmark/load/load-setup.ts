/** What a load process is to do; it travels on the command line. */
export interface LoadSetup {
  readonly port: number;
  readonly connections: number;
  /** Forged requests are of the same form, but signed with a wrong secret. */
  readonly isForged: boolean;
  /** The status of a right answer. */
  readonly expected: number;
  /** How long requests are sent with the clock running, in s; what was signed beforehand may end earlier. */
  readonly seconds: number;
  /** Instead of by the clock: how many requests are sent, signed a few at a time so that their tokens stay young. */
  readonly requests?: number;
}

/** What a load process can be asked. */
export interface LoadAnswers {
  /** Right answers of the warm-up; then all requests are signed. Not asked if they are sent by number. */
  readonly warmUp: number;
  /** What it found when it has sent all requests. */
  readonly result: LoadResult;
}

/** What a load process found. */
export interface LoadResult {
  /** Right answers, those of the warm-up among them. */
  readonly right: number;
  /** Other answers, or none, those of the warm-up among them. */
  readonly wrong: number;
  /** Answers of any sort, without the warm-up. */
  readonly timed: number;
  /** Right answers a second, without the warm-up. */
  readonly perSecond: number;
  /** Latencies in ms, without the warm-up. */
  readonly p50: number;
  readonly p99: number;
}
