import { OwnFault } from '../../verification/own-fault.js';
import { type StoredCallback } from './stored-callback.js';

/** How many bytes of callbacks may wait for the store to confirm them; beyond that it counts as unavailable. */
const MOST_PENDING_BYTES = 64 * 1024 * 1024;

/** What a pending callback takes besides its body, in bytes. */
const BYTES_BESIDE_BODY = 4096;

/** The store cannot accept a callback now: it was not reached yet, or does not confirm earlier callbacks. */
export class InboxNotReadyError extends OwnFault {
  override readonly name = 'InboxNotReadyError';
  /** `ERR_CALLBACKS_INBOX_NOT_READY` */
  override readonly code = 'ERR_CALLBACKS_INBOX_NOT_READY';
}

/** Limits the memory of callbacks that were sent to a store and are not confirmed yet. */
export class PendingCallbacks {
  private bytes = 0;

  /** @param store its name, for messages */
  constructor(private readonly store: string) {}

  /** @throws {InboxNotReadyError} if too many are pending, and whatever `put` throws */
  async keep<Result>({ body }: StoredCallback, put: () => Promise<Result>): Promise<Result> {
    const bytes = body.length + BYTES_BESIDE_BODY;
    if (this.bytes + bytes > MOST_PENDING_BYTES)
      throw new InboxNotReadyError(`${this.store} does not confirm earlier callbacks`);
    this.bytes += bytes;
    try {
      return await put();
    } finally {
      this.bytes -= bytes;
    }
  }
}
