import { type ExecutionContext } from '@nestjs/common';
import { type ReceivedCallback } from '../request/received-callback.js';

/**
 * Keeps a genuine callback whose body cannot be used, where the application has a place for it.
 *
 * @returns whether it is kept; never rejects
 */
export type KeepUnusable = (context: ExecutionContext, received: ReceivedCallback, rawBody: Buffer) => Promise<boolean>;

/** Injection token of a {@link KeepUnusable}; `undefined` without an inbox. */
export const KEEP_UNUSABLE = Symbol('VideoCallbacksModule: keep unusable');
