import { setTimeout as wait } from 'node:timers/promises';
import { callbackFixture, signCallback, type SignedCallback } from 'nestjs-vonage-video-callbacks/testing';
import { Poster } from '../../harness/poster.js';
import { PROJECT, SECRET } from '../../support/signer.js';
import { type Fleet } from './fleet.js';

const REQUEST_TIMEOUT = 5000;
const DELIVERY_TIMEOUT = 120_000;

/** A signed callback, with the id of its archive. */
export interface SentCallback {
  readonly id: string;
  readonly request: SignedCallback;
}

/** @param name the name of its archive, if it matters */
export function newCallback(name?: string): SentCallback {
  const body = callbackFixture('archive', 'available', name === undefined ? {} : { name });
  return { id: body.id, request: signCallback({ kind: 'archive', body, apiKey: PROJECT, secret: SECRET }) };
}

/**
 * So many new callbacks, each so many times. The copies of a callback follow one another, so that they are under way
 * together.
 *
 * @param nameOf the name of an archive, from its number. Default: that of the fixture
 */
export function newCopies(callbacks: number, copies: number, nameOf?: (number: number) => string): SentCallback[] {
  return Array.from({ length: callbacks }, (_, number) => newCallback(nameOf?.(number))).flatMap((callback) =>
    Array.from({ length: copies }, () => callback),
  );
}

/** Does something with each of some callbacks, with so many at once. */
export async function forEach(
  callbacks: readonly SentCallback[],
  concurrency: number,
  act: (callback: SentCallback) => Promise<unknown>,
): Promise<void> {
  const pending = callbacks.values();
  const actOnPending = async (): Promise<void> => {
    for (const callback of pending) await act(callback);
  };
  await Promise.all(Array.from({ length: concurrency }, actOnPending));
}

/** Sends callbacks to any member of a fleet, and again after a failure, as Vonage does but sooner. */
export class Sender {
  private readonly poster = new Poster(50, REQUEST_TIMEOUT);
  /** Callbacks that were answered 204. */
  readonly accepted = new Set<string>();
  /** How many requests got another answer, or none. */
  refusals = 0;

  constructor(private readonly fleet: Fleet) {}

  /** Sends once; the status, or 0 without an answer. */
  async send({ id, request }: SentCallback): Promise<number> {
    const { status } = await this.poster.send(await this.fleet.anyPort(), request);
    if (status === 204) this.accepted.add(id);
    else this.refusals += 1;
    return status;
  }

  /**
   * Sends until it is answered 204.
   *
   * @throws {Error} if that takes more than two minutes
   */
  async deliver(callback: SentCallback): Promise<void> {
    const end = performance.now() + DELIVERY_TIMEOUT;
    while ((await this.send(callback)) !== 204) {
      if (performance.now() > end) throw new Error('a callback was not answered 204 in time');
      await wait(50);
    }
  }

  /** Delivers new callbacks, several at once, each with a pause in ms, until it is measured to stop. */
  async stream(senders: number, pause: number, until: AbortSignal): Promise<void> {
    const sendOn = async (): Promise<void> => {
      while (!until.aborted) {
        await this.deliver(newCallback());
        await wait(pause);
      }
    };
    await Promise.all(Array.from({ length: senders }, sendOn));
  }

  close(): void {
    this.poster.close();
  }
}
