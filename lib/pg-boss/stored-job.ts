import { createHash } from 'node:crypto';
import { type JobWithMetadata } from 'pg-boss';
import { type StoredCallback } from '../delivery/inbox/stored-callback.js';
import { isJsonObject, type JsonObject } from '../callbacks/json-object.js';

/**
 * The data of a job. The callback is stored as a string: `jsonb` would sort its members and accepts neither zero bytes
 * nor lone surrogates, which claims may contain.
 */
export interface StoredJob {
  readonly id: string;
  readonly kind: string;
  readonly route: string;
  readonly callback: string;
  /** How many attempts do not count, because the callback was left for another process. */
  readonly timesLeft?: number;
  /** The id of the job that `timesLeft` counts for: a job created from a dead callback starts at 0. */
  readonly leftAs?: string;
}

/** The data of a job for a callback. */
export function jobDataOf(callback: StoredCallback): StoredJob {
  const { id, token, route } = callback;
  return { id, kind: token.kind, route, callback: JSON.stringify(callback) };
}

/**
 * The id of a callback's job, a UUID made of its identity: pg-boss takes no second job with the same id in a queue. Of
 * version 8, which leaves 122 bits to its maker (RFC 9562, section 5.8).
 */
export function jobIdOf({ id }: Pick<StoredCallback, 'id'>): string {
  const bytes = createHash('sha256').update(id).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/**
 * Reads the data of a job. Other software can write to the queue, so it may be anything. Data that is not a callback is
 * refused when it is delivered.
 */
export function readJob({ id, sourceId, data }: Pick<JobWithMetadata<unknown>, 'id' | 'sourceId' | 'data'>): {
  readonly callback: StoredCallback;
  readonly timesLeft: number;
  readonly data: JsonObject;
} {
  const object = isJsonObject(data) ? data : {};
  const { callback, timesLeft, leftAs } = object;
  const isItsOwn = leftAs === id || leftAs === sourceId;
  return {
    data: object,
    callback: parsed(callback, id) as StoredCallback,
    timesLeft: isItsOwn && Number.isSafeInteger(timesLeft) ? Number(timesLeft) : 0,
  };
}

function parsed(text: unknown, id: string): unknown {
  try {
    const value: unknown = JSON.parse(String(text));
    if (isJsonObject(value)) return value;
  } catch {
    // It is not JSON.
  }
  return { id };
}
