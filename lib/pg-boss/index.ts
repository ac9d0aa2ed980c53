export { type DeadCallback, type DeadCallbackFilter } from '../delivery/inbox/dead-callback.js';
export { InboxNotReadyError } from '../delivery/inbox/pending-callbacks.js';
export { type PgBossCallbackInboxOptions } from './inbox-options.js';
export { PgBossCallbackInbox } from './pg-boss-callback-inbox.js';
