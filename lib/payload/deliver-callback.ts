import { type ExecutionContext } from '@nestjs/common';
import { type HandedOverCallback } from '../request/handed-over-callback.js';

/**
 * What is done with a callback whose sender and content were found good.
 *
 * @param handle runs the method, and whatever the application put around it
 * @returns what is answered to the sender: what the method returned, or `undefined` where it did not run
 */
export type DeliverCallback = (
  context: ExecutionContext,
  callback: HandedOverCallback,
  handle: () => Promise<unknown>,
) => Promise<unknown>;

/** Injection token of the {@link DeliverCallback} that the options chose. */
export const DELIVER_CALLBACK = Symbol('VideoCallbacksModule: deliver callback');
