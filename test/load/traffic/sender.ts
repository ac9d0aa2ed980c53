import { setTimeout as wait } from 'node:timers/promises';
import { type JsonLines } from '../../harness/json-lines.js';
import { type Poster, type Reply } from '../../harness/poster.js';
import { type Callback } from './callback.js';
import { type Exchange } from './setup.js';

/** First and longest wait before a retry, in ms: as Vonage's, but for a short life. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 2000;
/** After so many attempts a callback is given up, which is found at the end. */
const ATTEMPTS = 25;

/** What an exchange is apart from its end. */
export type BegunExchange = Pick<Exchange, 'sort' | 'isGenuine' | 'isAcceptable'>;

/** Sends callbacks and writes down what came of it. */
export class Sender {
  constructor(
    private readonly port: number,
    private readonly poster: Poster,
    private readonly file: JsonLines<Exchange>,
  ) {}

  /** Delivers a genuine callback, again with back-off until it is answered 2xx. */
  async deliver(callback: Callback, sort = 'genuine'): Promise<void> {
    const genuine = { isGenuine: true, isAcceptable: true };
    let pause = FIRST_WAIT;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const { status } = await this.post(callback, { sort: attempt === 1 ? sort : 'retry', ...genuine });
      // What is refused for good is not sent again, and shows in the end as not handled.
      if (status !== 0 && status < 500) return;
      await wait(pause);
      pause = Math.min(pause * 2, LONGEST_WAIT);
    }
  }

  /** Sends once. */
  post(callback: Callback, begun: BegunExchange): Promise<Reply> {
    return this.record(callback, begun, () => this.poster.send(this.port, callback.request));
  }

  /** Writes down what a request that is sent in any other way came to. */
  async record(
    { id, failsFirst }: Pick<Callback, 'id' | 'failsFirst'>,
    begun: BegunExchange,
    exchange: () => Promise<Reply>,
  ): Promise<Reply> {
    const sentAt = Date.now();
    const reply = await exchange();
    this.file.write({ ...begun, id, failsFirst, sentAt, endedAt: Date.now(), ...reply });
    return reply;
  }
}
