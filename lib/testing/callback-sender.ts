import { randomInt, randomUUID } from 'node:crypto';
import { checkNumbers } from '../options/option-checks.js';
import { retryWaits, type SenderClock, SYSTEM_CLOCK } from './sender-time.js';
import { type CallbackToSign, signCallback } from './signed-callback.js';

/** Options of a {@link CallbackSender}. */
export interface CallbackSenderOptions {
  /** Whether an answer of 5xx is retried too. Vonage's pages disagree; default `false`, as "Secure callbacks" says. */
  readonly retryServerErrors?: boolean | undefined;
  /** Whether a retry carries a new token (new `iat` and `jti`). Not documented; default `false`. */
  readonly resign?: boolean | undefined;
  /** How long one attempt may take, in whole ms. Vonage's limit is not published; default 10 000. */
  readonly attemptTimeout?: number | undefined;
  /** Default: the system's clock. With a {@link VirtualClock} a day of retries takes no time. */
  readonly clock?: SenderClock | undefined;
}

/** A callback and where it goes. */
export interface CallbackDelivery extends CallbackToSign {
  /** The URL of the webhook. */
  readonly url: string | URL;
}

/** One attempt to deliver. */
export interface DeliveryAttemptReport {
  /** When it began, in ms since the epoch. */
  readonly at: number;
  /** The answer's HTTP status; `undefined` if the connection failed. */
  readonly status: number | undefined;
  /** Why the connection failed, for example `ECONNREFUSED`. */
  readonly error: string | undefined;
  /** The id of the token that was sent, if there was one. */
  readonly jti: string | undefined;
}

/** The result of one delivery. */
export interface DeliveryReport {
  /** The URL that it was sent to. */
  readonly url: string;
  /** Whether an attempt was answered with 200 to 205, which Vonage takes as success. */
  readonly delivered: boolean;
  /** Every attempt, in order. */
  readonly attempts: readonly DeliveryAttemptReport[];
}

/** How {@link CallbackSender.deliverAll} delivers. */
export interface DeliverAllOptions {
  /** How many copies of each callback are sent. Default 1. */
  readonly copies?: number | undefined;
  /** How many deliveries are under way at once; `Infinity`: all. Default 1. */
  readonly concurrency?: number | undefined;
  /** Whether they are sent in an order other than the given one; Vonage promises none. Default `false`. */
  readonly disorder?: boolean | undefined;
}

/**
 * Delivers callbacks as Vonage does: signed, with its `User-Agent`, and retried with its back-off (5 s doubling to 15
 * min, for 24 h) when the connection fails.
 *
 * @example
 * const sender = new CallbackSender({ clock: new VirtualClock() });
 * const report = await sender.deliver({ url, body: callbackFixture('archive', 'available'), apiKey, secret });
 */
export class CallbackSender {
  private readonly clock: SenderClock;

  /** @throws {RangeError} if `attemptTimeout` is out of its range */
  constructor(private readonly options: CallbackSenderOptions = {}) {
    checkNumbers('CallbackSender', { attemptTimeout: options.attemptTimeout });
    this.clock = options.clock ?? SYSTEM_CLOCK;
  }

  /**
   * Delivers one callback. Resolves also when it could not be delivered: see the report.
   *
   * @throws {TypeError} if the URL, the secret or the project cannot be used
   */
  async deliver(delivery: CallbackDelivery): Promise<DeliveryReport> {
    const url = httpUrl(delivery.url);
    let callback = this.issued(delivery);
    const attempts = [await this.attempt(url, callback)];
    for (const wait of retryWaits()) {
      if (!this.isToBeRetried(attempts.at(-1))) break;
      await this.clock.sleep(wait);
      if (this.options.resign) callback = this.reissued(delivery);
      attempts.push(await this.attempt(url, callback));
    }
    return { url: url.href, delivered: isSuccess(attempts.at(-1)?.status), attempts };
  }

  /**
   * Delivers many callbacks, also several times, at once or out of order, as Vonage may. Copies carry the same token,
   * unless `resign` is on.
   *
   * @returns a report of each delivery, in the order in which they were begun
   * @throws {TypeError} as {@link deliver}
   * @throws {RangeError} if `copies` or `concurrency` is out of its range
   */
  async deliverAll(
    deliveries: readonly CallbackDelivery[],
    { copies = 1, concurrency = 1, disorder = false }: DeliverAllOptions = {},
  ): Promise<readonly DeliveryReport[]> {
    checkNumbers('CallbackSender', { copies, concurrency });
    const queue = deliveries.flatMap((delivery) => {
      const first = this.issued(delivery);
      return Array.from({ length: copies }, (_, copy) =>
        copy > 0 && this.options.resign ? this.reissued(delivery) : first,
      );
    });
    if (disorder) shuffle(queue);

    const reports: DeliveryReport[] = [];
    const pending = queue.entries();
    const deliverPending = async (): Promise<void> => {
      for (const [index, delivery] of pending) reports[index] = await this.deliver(delivery);
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, queue.length) }, deliverPending));
    return reports;
  }

  /** Sets values that would be new at each signing, so that a retry carries the same token. */
  private issued(delivery: CallbackDelivery): CallbackDelivery {
    return { jti: randomUUID(), issuedAt: new Date(this.clock.now()), ...delivery };
  }

  private reissued(delivery: CallbackDelivery): CallbackDelivery {
    return { ...delivery, jti: randomUUID(), issuedAt: new Date(this.clock.now()) };
  }

  private isToBeRetried(attempt: DeliveryAttemptReport | undefined): boolean {
    if (attempt?.status === undefined) return true;
    return attempt.status >= 500 && (this.options.retryServerErrors ?? false);
  }

  private async attempt(url: URL, callback: CallbackDelivery): Promise<DeliveryAttemptReport> {
    const at = this.clock.now();
    const { jti } = callback;
    const request = signCallback(callback);
    try {
      const signal = AbortSignal.timeout(this.options.attemptTimeout ?? 10_000);
      const response = await fetch(url, { ...request, redirect: 'manual', signal });
      // Vonage does not read the body; reading it frees the connection.
      await response.arrayBuffer();
      return { at, jti, status: response.status, error: undefined };
    } catch (error) {
      return { at, jti, status: undefined, error: failureText(error) };
    }
  }
}

function httpUrl(url: string | URL): URL {
  const parsed = new URL(url);
  if (!/^https?:$/.test(parsed.protocol)) throw new TypeError(`"${parsed.href}" is not an address of HTTP or HTTPS.`);
  return parsed;
}

/** Vonage takes 200 to 205 as success. Source: "Secure callbacks". */
function isSuccess(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status <= 205;
}

/**
 * fetch reports what went wrong with a connection as the cause of its error. By name rather than by class: in a test
 * runner the errors of fetch are of another realm.
 */
function failureText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const [code, cause, message] = ['code', 'cause', 'message'].map((name): unknown => Reflect.get(error, name));
  if (typeof code === 'string') return code;
  return cause === undefined ? String(message) : failureText(cause);
}

function shuffle(list: unknown[]): void {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [list[last], list[other]] = [list[other], list[last]];
  }
}
