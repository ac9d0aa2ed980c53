export { BullCallbackInbox } from './bull-callback-inbox.js';
export { type BullCallbackInboxOptions } from './inbox-options.js';
export { type DeadCallback, type DeadCallbackFilter } from '../delivery/inbox/dead-callback.js';
export { InboxNotReadyError } from '../delivery/inbox/pending-callbacks.js';
