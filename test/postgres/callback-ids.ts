import { randomBytes } from 'node:crypto';

/** What `@CallbackId()` could inject for a callback that no test has seen. */
export const newCallbackId = (): string => `archive-${randomBytes(32).toString('base64url')}`;
