import { type ExecutionContext } from '@nestjs/common';
import { type ReceivedCallback } from '../request/received-callback.js';

/**
 * Keeps a genuine callback whose body cannot be used, where the application has a place for it. Resolves also when that
 * place is unavailable; the callback is reported in any case.
 */
export type KeepUnusable = (context: ExecutionContext, received: ReceivedCallback, rawBody: Buffer) => Promise<void>;

/** Injection token of a {@link KeepUnusable}; `undefined` without an inbox. */
export const KEEP_UNUSABLE = Symbol('VideoCallbacksModule: keep unusable');
